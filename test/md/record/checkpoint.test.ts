import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunAnalysis } from '../../../md/analysis/run-analysis.js';
import {
  formatMdCheckpoint,
  loadMdCheckpoint,
  parseMdCheckpoint,
  restoreMd,
  saveMdCheckpoint,
} from '../../../md/record/checkpoint.js';
import { continueMd, type MdRun, startMd } from '../../../md/run.js';
import { createStructure } from '../../../src/structure/structure.js';
import { springs } from '../../helpers/harmonic.js';

const structure = createStructure({ symbols: ['Cu', 'Cu', 'O'], positions: [0, 0, 0, 2.1, 0, 0, 0, 1.9, 0] });
const calculator = springs(2, 2);
const about = {
  structure,
  settings: { origin: { calculator: 'springs' }, trajectoryEvery: 10, logEvery: 5 },
  files: { trajectoryBytes: 123, logBytes: 45 },
};

async function runTo(steps: number): Promise<MdRun> {
  const run = await startMd(structure, calculator, { steps, ensemble: 'langevin', seed: 3 });
  for await (const _ of continueMd(run, calculator)) void _;
  return run;
}

function stored(run: MdRun): string {
  return formatMdCheckpoint(run, about)[0];
}

const parse = (text: string) => parseMdCheckpoint(Buffer.from(text), 'run.checkpoint');

/** The bytes of a checkpoint with the state of analyses in it. */
async function storedWithAnalysis(): Promise<Buffer> {
  const run = await runTo(5);
  const analysis = createRunAnalysis({ msd: { every: 1 }, vacf: { every: 1 } }, { md: run.state, timestepFs: 1 });
  analysis.add();
  const settings = { ...about.settings, analysis: { msd: { every: 1 }, vacf: { every: 1 } } };
  return Buffer.concat(
    formatMdCheckpoint(run, { ...about, settings, analysis: analysis.state }).map((piece) => Buffer.from(piece)),
  );
}

describe('a checkpoint', () => {
  it('brings a simulation back that goes on as if it had never stopped', async () => {
    const uninterrupted = await runTo(40);
    const resumed = restoreMd(parse(stored(await runTo(17))), structure, { file: 'x', steps: 40 });
    expect(resumed.state.step).toBe(17);
    for await (const _ of continueMd(resumed, calculator)) void _;
    expect(resumed.state).toEqual(uninterrupted.state);
    expect(stored(resumed)).toBe(stored(uninterrupted));
  });

  it('keeps every bit, negative zero included', async () => {
    const run = await runTo(1);
    run.state.momenta[0] = -0;
    run.state.momenta[1] = 5e-324;
    run.state.bathHeat = -0;
    const back = restoreMd(parse(stored(run)), structure, { file: 'x', steps: 1 });
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
      expect(() => restoreMd(checkpoint, other, { file: 'run.checkpoint', steps: 9 })).toThrow(
        /run.checkpoint: .*another structure/,
      );
    }
  });

  it('is refused when it is cut short anywhere or is something else', async () => {
    const whole = stored(await runTo(2));
    const damaged = fc.oneof(
      fc.nat(whole.length - 3).map((length) => whole.slice(0, length)),
      fc.json(),
      fc.constantFrom(
        '',
        'null',
        '{}',
        whole.replace('"version":2', '"version":1'),
        whole.replace(/"momenta":"[^"]{16}/, '"momenta":"'),
      ),
    );
    fc.assert(
      fc.property(damaged, (text) => {
        expect(() => restoreMd(parse(text), structure, { file: 'run.checkpoint', steps: 9 })).toThrow(
          expect.objectContaining({ code: 'checkpoint' }),
        );
      }),
      { seed: 1 },
    );
  });
});

describe('a checkpoint with analyses', () => {
  it('brings their arrays back', async () => {
    const { analysis } = parseMdCheckpoint(await storedWithAnalysis(), 'run.checkpoint');
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
      fc.integer({ min: whole.indexOf('\n') + 1, max: whole.length - 1 }).map(changed),
      fc.constant(Buffer.concat([whole, Buffer.of(0)])),
      fc.constant(Buffer.from(whole.toString().replace(/,"analysis":\{"bytes".*/, '}\n'))),
    );
    fc.assert(
      fc.property(damaged, (bytes) => {
        expect(() => parseMdCheckpoint(bytes, 'run.checkpoint')).toThrow(
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

  it('are written whole, leave nothing else behind and are read back', async () => {
    const run = await runTo(3);
    const path = join(folder, 'a.checkpoint');
    await saveMdCheckpoint(path, run, about);
    expect(await readdir(folder)).toEqual(['a.checkpoint']);
    expect((await loadMdCheckpoint(path))?.step).toBe(3);
  });

  it('are undefined when absent and an error when unreadable', async () => {
    expect(await loadMdCheckpoint(join(folder, 'nothing'))).toBeUndefined();
    await expect(loadMdCheckpoint(folder)).rejects.toMatchObject({ code: 'checkpoint' });
    await writeFile(join(folder, 'b'), '\0\0\0');
    await expect(loadMdCheckpoint(join(folder, 'b'))).rejects.toMatchObject({
      code: 'checkpoint',
      details: { file: join(folder, 'b') },
    });
  });
});
