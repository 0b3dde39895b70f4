import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { runRelaxTask } from '../../../src/tasks/relax/run.js';
import type { RelaxTaskSettings } from '../../../src/tasks/relax/schema.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('test', () => writeStructures(inFolder('cu.extxyz'), [rattledCopper(1), rattledCopper(2)]));
const emt = { name: 'emt', options: {} } as const;

/** Runs the task as a program would: what it yields, tells and returns. */
async function run(given: RelaxTaskSettings, stopAfter = Number.POSITIVE_INFINITY) {
  const told: string[] = [];
  const steps: number[] = [];
  const task = runRelaxTask(
    [inFolder('cu.extxyz')],
    { calculator: emt, out: inFolder('out.extxyz'), ...given },
    { tell: (text) => told.push(text), shouldStop: () => steps.length >= stopAfter },
  );
  let next = await task.next();
  const first = next.value;
  for (; !next.done; next = await task.next()) if (next.value.kind === 'step') steps.push(next.value.frame.step);
  return { first, steps, told, outcome: next.value };
}

describe('a relaxation that a program asks for', () => {
  it('says how many structures there are, yields every step, and returns what became of each', async () => {
    const { first, steps, outcome } = await run({ fmax: 0.01 });
    expect(first).toEqual({ kind: 'begin', total: 2, done: 0 });
    expect(outcome).toMatchObject({
      summaries: [
        { frame: 1, converged: true },
        { frame: 2, converged: true },
      ],
      ...{ interrupted: false, withCell: false, calculator: { name: 'emt', conservative: true } },
    });
    const ends = outcome.summaries.map((summary) => summary.steps ?? Number.NaN);
    expect(steps).toHaveLength(ends[0] + ends[1] + 2); // the start of each is a point, too
    const [relaxed] = await readStructures(outcome.out);
    expect(relaxed.info.lamm_energy).toBeCloseTo(outcome.summaries[0].energy ?? Number.NaN, 8);
    expect(existsSync(outcome.checkpoint)).toBe(false);
  });

  it('stops when it is asked to, and goes on from there with the settings of its beginning', async () => {
    const settings = { fmax: 0.001, optimizer: 'fire', withCell: true } as const;
    const whole = await run({ ...settings, out: inFolder('whole.extxyz') });
    const stopped = await run(settings, 3);
    expect(stopped.outcome).toMatchObject({ interrupted: true });
    expect(existsSync(stopped.outcome.checkpoint)).toBe(true);
    const resumed = await run({ resume: true });
    expect(resumed.told).toContainEqual(expect.stringMatching(/^going on from step \d+ of .*cu.extxyz, frame 1/));
    expect(resumed.outcome).toMatchObject({ interrupted: false, withCell: true });
    expect(resumed.outcome.summaries).toEqual(whole.outcome.summaries);
  });

  it('says how far each result may be off where the model knows, the same when it is resumed', async () => {
    const calculator = { name: 'lamm-s', options: {} } as const;
    const settings = { calculator, model: 'lamm-s-joint', threads: 1, fmax: 0.02, batchAtoms: 1 };
    const whole = await run({ ...settings, out: inFolder('whole.extxyz') });
    const [first, second] = whole.outcome.summaries;
    expect(first.uncertainty?.energyPerAtom).toBeGreaterThan(0);
    expect([first, second].map(({ uncertainty }) => uncertainty?.forces?.length)).toEqual([4, 32]);
    expect(second.steps).toBeGreaterThan(1);
    const stopped = await run(settings, (first.steps ?? 0) + 3); // in the midst of the second one
    expect(stopped.outcome.summaries.map(({ uncertainty }) => uncertainty)).toEqual([first.uncertainty, undefined]);
    const resumed = await run({ resume: true, calculator, threads: 1 });
    expect(resumed.outcome.summaries).toEqual([first, second]);
    const [relaxed] = await readStructures(resumed.outcome.out);
    expect(relaxed.info.lamm_energy_error).toBeCloseTo(4 * (first.uncertainty?.energyPerAtom ?? Number.NaN), 8);
    expect(await readStructures(resumed.outcome.out)).toEqual(await readStructures(whole.outcome.out));
  });

  it('tells which symmetry is kept', async () => {
    const { told, outcome } = await run({ symmetry: true, maxSteps: 1 });
    expect(told).toContainEqual(
      expect.stringMatching(/^the symmetry that is kept is P 1 \(1\).* `symmetryTolerance: 0\.1` if that is meant$/),
    );
    expect(outcome.summaries[0].symmetry).toMatchObject({ number: 1 });
  });

  it.each<[given: object, message: RegExp]>([
    [{ fmaxx: 0.1 }, /unknown setting "fmaxx"; did you mean `fmax`\?/],
    [{ fmax: '0.1 eV/A' }, /`fmax`: expected a force above 0 eV\/A, found "0.1 eV\/A"/],
    [{ pressureGPa: 1 }, /`pressureGPa` acts on the cell: give `withCell` too/],
    [{ symmetryTolerance: 0.1 }, /`symmetryTolerance` has no effect without `symmetry`/],
    [{ resume: true }, /leave out `resume` to start at step 0, or say in full .*\(missing: `fmax`\)/],
  ])('refuses %j and leaves nothing behind', async (given, message) => {
    await expect(run(given)).rejects.toThrow(message);
    expect(existsSync(inFolder('out.extxyz'))).toBe(false);
    expect(existsSync(inFolder('out.checkpoint'))).toBe(false);
  });
});
