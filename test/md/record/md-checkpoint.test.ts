import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunAnalysis } from '../../../md/analysis/run-analysis.js';
import {
  assertSameStructure,
  firstMdCheckpoint,
  type MdCheckpoint,
  mdCheckpoint,
  mdKind,
  openMdJournal,
  readMdCheckpoint,
  restoreMd,
  resumedOptions,
} from '../../../md/record/md-checkpoint.js';
import { continueMd, type MdRun, startMd } from '../../../md/run.js';
import { formatState, parseState } from '../../../src/journal/state-file.js';
import { createStructure } from '../../../src/structure/structure.js';
import { springs } from '../../helpers/harmonic.js';

const structure = createStructure({ symbols: ['Cu', 'Cu', 'O'], positions: [0, 0, 0, 2.1, 0, 0, 0, 1.9, 0] });
const calculator = springs(2, 2);
const about = {
  structure,
  settings: { origin: { calculator: 'springs' }, trajectoryEvery: 10, logEvery: 5 },
};

async function runTo(steps: number): Promise<MdRun> {
  const run = await startMd(structure, calculator, { steps, ensemble: 'langevin', seed: 3 });
  for await (const _ of continueMd(run, calculator)) void _;
  return run;
}

function stored(run: MdRun): Uint8Array {
  return formatState(mdKind, mdCheckpoint(run, about));
}

const parse = (bytes: Uint8Array) => parseState(bytes, mdKind, { file: 'run.checkpoint' });

function restore(checkpoint: MdCheckpoint, steps: number, onto = structure): MdRun {
  assertSameStructure(checkpoint, onto, 'run.checkpoint');
  if (checkpoint.progress === undefined) throw new Error('nothing was calculated');
  return restoreMd(checkpoint.progress, onto, { options: resumedOptions(checkpoint, steps), file: 'run.checkpoint' });
}

/** The bytes of a checkpoint with the state of analyses in it. */
async function storedWithAnalysis(): Promise<Uint8Array> {
  const run = await runTo(5);
  const analysis = createRunAnalysis({ msd: { every: 1 }, vacf: { every: 1 } }, { md: run.state, timestepFs: 1 });
  analysis.add();
  const settings = { ...about.settings, analysis: { msd: { every: 1 }, vacf: { every: 1 } } };
  return formatState(mdKind, mdCheckpoint(run, { ...about, settings, analysis: analysis.state }));
}

describe('a checkpoint', () => {
  it('brings a simulation back that goes on as if it had never stopped', async () => {
    const uninterrupted = await runTo(40);
    const resumed = restore(parse(stored(await runTo(17))), 40);
    expect(resumed.state.step).toBe(17);
    for await (const _ of continueMd(resumed, calculator)) void _;
    expect(resumed.state).toEqual(uninterrupted.state);
    expect(stored(resumed)).toEqual(stored(uninterrupted));
  });

  it('keeps every bit, negative zero included', async () => {
    const run = await runTo(1);
    run.state.momenta[0] = -0;
    run.state.momenta[1] = 5e-324;
    run.state.bathHeat = -0;
    const back = restore(parse(stored(run)), 1);
    expect(Object.is(back.state.momenta[0], -0)).toBe(true);
    expect(back.state.momenta[1]).toBe(5e-324);
    expect(Object.is(back.state.bathHeat, -0)).toBe(true);
  });

  it('is refused for another structure', async () => {
    const checkpoint = parse(stored(await runTo(2)));
    const others = [
      { ...structure, positions: structure.positions.map((value, i) => (i === 4 ? value + 1e-15 : value)) },
      { ...structure, masses: structure.masses.map((value) => 2 * value) },
      { ...structure, fixed: new Uint8Array(9) },
      { ...structure, pbc: [true, false, false] as const },
    ];
    for (const other of others) {
      expect(() => restore(checkpoint, 9, other)).toThrow(/run.checkpoint: .*another structure/);
    }
  });

  it('without progress holds the options alone', async () => {
    const { options } = await runTo(2);
    const first = parse(formatState(mdKind, firstMdCheckpoint(options, about)));
    expect(first).toEqual({ structure: expect.any(String), settings: { ...about.settings, options } });
    expect(resumedOptions(first, 9)).toEqual({ ...options, steps: 9 });
  });

  it('is refused when it is cut short anywhere, one bit of it is flipped, or it is something else', async () => {
    const whole = stored(await runTo(2));
    const flipped = (place: number, bit: number) => {
      const bytes = whole.slice();
      bytes[place] ^= 1 << bit;
      return bytes;
    };
    const damaged = fc.oneof(
      fc.nat(whole.length - 1).map((length) => whole.slice(0, length)),
      fc.tuple(fc.nat(whole.length - 1), fc.nat(7)).map(([place, bit]) => flipped(place, bit)),
      fc.json().map((text) => Buffer.from(text)),
      fc.uint8Array(),
      fc.constant(Buffer.concat([whole, Buffer.of(0)])),
    );
    fc.assert(
      fc.property(damaged, (bytes) => {
        expect(() => parse(bytes)).toThrow(
          expect.objectContaining({ code: 'checkpoint', message: expect.stringContaining('run.checkpoint: ') }),
        );
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('of an earlier version is refused by name', () => {
    const earlier = '{"format":"lamm-md-checkpoint","version":2,"structure":"00"}\n';
    expect(() => parse(Buffer.from(earlier))).toThrow(/an earlier version of this program/);
  });

  it.each(['positions', 'momenta', 'forces', 'cell'] as const)('whose %s are no numbers is refused', async (name) => {
    const checkpoint = mdCheckpoint(await runTo(2), about);
    const { progress } = checkpoint;
    if (progress === undefined) throw new Error('it has come two steps');
    const values = progress.arrays[name]?.with(2, Number.NaN);
    const bytes = formatState(mdKind, {
      ...checkpoint,
      progress: { ...progress, arrays: { ...progress.arrays, [name]: values } },
    });
    expect(() => parse(bytes)).toThrow(new RegExp(`found "progress.arrays.${name}" wrong`));
  });

  it('whose arrays do not fit the structure is refused', async () => {
    const checkpoint = mdCheckpoint(await runTo(2), about);
    const { progress } = checkpoint;
    if (progress === undefined) throw new Error('it has come two steps');
    const arrays = { ...progress.arrays, momenta: new Float64Array(6) };
    expect(() => restore({ ...checkpoint, progress: { ...progress, arrays } }, 9)).toThrow(
      expect.objectContaining({ code: 'checkpoint', details: expect.objectContaining({ quantity: 'momenta' }) }),
    );
  });
});

describe('a checkpoint with analyses', () => {
  it('brings their arrays back', async () => {
    const { analysis } = parse(await storedWithAnalysis());
    expect(analysis?.msd?.numbers).toEqual(structure.numbers);
    expect(analysis?.vacf?.ring[0]).toBeInstanceOf(Float64Array);
    expect(analysis?.vacf?.sums.map(({ length }) => length)).toEqual([1000, 1000]);
  });

  it('is refused when it is cut short anywhere, or a byte of it is changed', async () => {
    const whole = await storedWithAnalysis();
    const changed = (place: number) => {
      const bytes = Buffer.from(whole);
      bytes[place] ^= 1;
      return bytes;
    };
    const damaged = fc.oneof(
      fc.nat(whole.length - 1).map((length) => whole.subarray(0, length)),
      fc.integer({ min: 0, max: whole.length - 1 }).map(changed),
      fc.constant(Buffer.concat([whole, Buffer.of(0)])),
    );
    fc.assert(
      fc.property(damaged, (bytes) => {
        expect(() => parse(bytes)).toThrow(
          expect.objectContaining({ code: 'checkpoint', message: expect.stringContaining('run.checkpoint') }),
        );
      }),
    );
  });
});

describe('checkpoint files', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lamm-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are written whole, leave nothing else behind but the one before, and are read back', async () => {
    const run = await runTo(3);
    const checkpoint = join(folder, 'a.checkpoint');
    const files = { trajectory: join(folder, 'a.extxyz'), log: join(folder, 'a.csv') };
    {
      await using journal = await openMdJournal({ checkpoint, files });
      await journal.begin(firstMdCheckpoint(run.options, about));
      await journal.proceed();
      await journal.save(mdCheckpoint(run, about));
    }
    expect((await readdir(folder)).sort()).toEqual(['a.checkpoint', 'a.checkpoint.previous', 'a.csv', 'a.extxyz']);
    expect((await readMdCheckpoint(checkpoint))?.progress?.step).toBe(3);
  });

  it('are undefined when absent and an error when unreadable', async () => {
    expect(await readMdCheckpoint(join(folder, 'nothing'))).toBeUndefined();
    for (const path of [folder, '/dev/zero'])
      await expect(readMdCheckpoint(path)).rejects.toThrow(
        /expected a file for the checkpoint, found a (folder|device)/,
      );
    await writeFile(join(folder, 'b'), '\0\0\0');
    await expect(readMdCheckpoint(join(folder, 'b'))).rejects.toMatchObject({
      code: 'checkpoint',
      details: { file: join(folder, 'b') },
    });
  });
});
