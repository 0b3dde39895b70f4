import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Calculator } from '../../../calculators/calculator.js';
import { readMdCheckpoint } from '../../../md/record/md-checkpoint.js';
import { loadResumePoint, type MdFiles, openRecord } from '../../../md/record/record.js';
import { parseExtxyz } from '../../../src/io/xyz/extxyz.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { springs, testCalculator } from '../../helpers/harmonic.js';
import { mdFileContents, mdFiles, type RecordRequest, recordUntil } from '../../helpers/recording.js';

const structure = createStructure({
  symbols: ['Cu', 'Cu', 'O', 'H'],
  positions: [0, 0, 0, 2.1, 0, 0, 0, 1.9, 0, 1, 1, 1],
  cell: [9, 0, 0, 0, 9, 0, 0, 0, 9],
  fixed: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
});
const bonds = springs(2, 2);
const settings = { origin: { calculator: 'springs' }, trajectoryEvery: 4, logEvery: 3 };
const steps = 50;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamm-'));
});
afterEach(() => rm(folder, { recursive: true }));

const filesOf = (name: string) => mdFiles(folder, name);

function optionsOf(files: MdFiles, more: Partial<RecordRequest> = {}): RecordRequest {
  return { md: { steps, ensemble: 'langevin', seed: 5 }, files, settings, checkpointEvery: 7, ...more };
}

const record = (
  options: RecordRequest,
  { calculator = bonds, stopAt }: { calculator?: Calculator; stopAt?: number } = {},
) => recordUntil(structure, calculator, { ...options, stopAt });

const stepOf = async ({ checkpoint }: MdFiles) => (await readMdCheckpoint(checkpoint))?.progress?.step ?? Number.NaN;

async function resume(files: MdFiles, more: Partial<RecordRequest> = {}) {
  return record(optionsOf(files, { resume: true, ...more }));
}

describe('recordMd', () => {
  it('writes every fourth frame and every third log line, the start included', async () => {
    const files = filesOf('a');
    const summary = await record(optionsOf(files));
    expect(summary).toMatchObject({ steps, interrupted: false, files });
    const frames = parseExtxyz(await readFile(files.trajectory, 'utf8'));
    expect(frames.map(({ info }) => info.step)).toEqual(Array.from({ length: 13 }, (_, i) => 4 * i));
    expect(frames[2].info).toMatchObject({ time_fs: 8 });
    expect(frames[0].positions).toEqual(structure.positions);
    expect(frames[3].fixed).toEqual(structure.fixed);
    const last = frames[12];
    const { energy, forces } = await bonds.calculate(last);
    expect(last.info.lamm_energy).toBeCloseTo(energy, 6);
    forces.forEach((force, i) =>
      expect(Number(last.arrays.lamm_forces.values[i])).toBeCloseTo(structure.fixed?.[i] ? 0 : force, 6),
    );
    const rows = (await readFile(files.log, 'utf8')).trimEnd().split('\n');
    expect(rows[0]).toBe('step,time_fs,temperature_K,potential_eV,kinetic_eV,conserved_eV,net_force_eV_per_A');
    expect(rows.slice(1).map((row) => Number(row.split(',')[0]))).toEqual(Array.from({ length: 17 }, (_, i) => 3 * i));
  });

  it('gives the same files to the bit when it dies anywhere, any number of times, and is resumed', async () => {
    const whole = filesOf('whole');
    await record(optionsOf(whole));
    const expected = await mdFileContents(whole);
    const random = createRandom(1);
    for (const round of Array(12).keys()) {
      const files = filesOf(`broken${round}`);
      await record(optionsOf(files), { stopAt: random.integer(steps) });
      for (let death = 0; death < 2; death++) {
        const stopAt = (await stepOf(files)) + random.integer(20);
        await record(optionsOf(files, { resume: true }), { stopAt });
      }
      await resume(files);
      expect(await mdFileContents(files)).toEqual(expected);
    }
  });

  it('ends after the step at hand when asked, and goes on from exactly there', async () => {
    const whole = filesOf('whole');
    await record(optionsOf(whole));
    const files = filesOf('stopped');
    let calls = 0;
    const summary = await record(optionsOf(files, { shouldStop: () => ++calls > 10 }));
    expect(summary).toMatchObject({ steps: 10, interrupted: true });
    expect(await stepOf(files)).toBe(10);
    expect(await resume(files)).toMatchObject({ steps, stepsHere: 40, interrupted: false });
    expect(await mdFileContents(files)).toEqual(await mdFileContents(whole));
  });

  it('does nothing more when resumed at its end, and extends to a larger total', async () => {
    const whole = filesOf('whole');
    await record(optionsOf(whole));
    const files = filesOf('short');
    await record(optionsOf(files, { md: { steps: 22, ensemble: 'langevin', seed: 5 } }));
    const short = await mdFileContents(files);
    expect(await resume(files, { md: { steps: 22 } })).toMatchObject({ steps: 22, stepsHere: 0 });
    expect(await mdFileContents(files)).toEqual(short);
    await resume(files);
    expect(await mdFileContents(files)).toEqual(await mdFileContents(whole));
  });

  it('keeps the good frames and the last checkpoint when the simulation breaks', async () => {
    let calls = 0;
    const breaking = testCalculator('breaking', ({ positions }) => ({
      energies: new Float64Array(4),
      forces: new Float64Array(positions.length).fill(calls++ < 18 ? 0 : Number.NaN),
    }));
    const files = { ...filesOf('broken'), lastGood: join(folder, 'last-good.extxyz') };
    await expect(record(optionsOf(files), { calculator: breaking })).rejects.toMatchObject({
      code: 'non-finite',
      message: expect.stringContaining(`step 17, is in ${files.lastGood}`),
    });
    const [lastGood] = parseExtxyz(await readFile(files.lastGood, 'utf8'));
    expect(lastGood.info.step).toBe(17);
    expect(lastGood.velocities?.every(Number.isFinite)).toBe(true);
    const frames = parseExtxyz(await readFile(files.trajectory, 'utf8'));
    expect(frames.map(({ info }) => info.step)).toEqual([0, 4, 8, 12, 16]);
    expect(await stepOf(files)).toBe(14);
  });

  it('refuses a trajectory that is shorter than the checkpoint knows', async () => {
    const files = filesOf('a');
    await record(optionsOf(files), { stopAt: 30 });
    await truncate(files.trajectory, 100);
    await expect(resume(files)).rejects.toMatchObject({ code: 'checkpoint', details: { file: files.trajectory } });
    expect((await stat(files.trajectory)).size).toBe(100);
    await rm(files.trajectory);
    await expect(resume(files)).rejects.toMatchObject({ code: 'checkpoint', details: { file: files.trajectory } });
    expect(existsSync(files.trajectory)).toBe(false);
  });
});

describe('loadResumePoint', () => {
  it('takes what was recorded, and refuses an option that now differs', async () => {
    const files = filesOf('a');
    await record(optionsOf(files), { stopAt: 30 });
    await using journal = await openRecord(files);
    const load = (md: object, given: object = {}) => loadResumePoint(journal, { md, settings: given });
    expect(await load({})).toMatchObject({
      progress: { step: 28 },
      settings: { origin: { calculator: 'springs' }, options: { ensemble: 'langevin', timestepFs: 1 } },
    });
    expect(
      await load(
        { steps: 999, seed: 5, timestepFs: undefined },
        { trajectoryEvery: 4, origin: { calculator: 'springs' } },
      ),
    ).toMatchObject({ progress: { step: 28 } });
    await expect(load({ timestepFs: 2 })).rejects.toThrow(/`timestepFs` = 1, now 2 is asked for/);
    await expect(load({}, { origin: { calculator: 'emt' } })).rejects.toMatchObject({ code: 'checkpoint' });
    await expect(load({ steps: 20 })).rejects.toThrow('already at step 28');
    await using nothing = await openRecord(filesOf('none'));
    expect(await loadResumePoint(nothing, { md: {}, settings: {} })).toBeUndefined();
  });
});

it('does not start where the folder is missing', async () => {
  await writeFile(join(folder, 'file'), '');
  const files = { ...filesOf('a'), trajectory: join(folder, 'nowhere', 'a.extxyz') };
  await expect(record(optionsOf(files))).rejects.toMatchObject({ code: 'file-write' });
});
