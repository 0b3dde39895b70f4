import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { createModelCalculator } from '../../../calculators/model-calculator.js';
import { thermodynamicsOfLog } from '../../../md/analysis/log-table.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { largestOf } from '../../../src/statistics/extremes.js';
import { runMdTask } from '../../../src/tasks/md/run.js';
import type { MdTaskSettings } from '../../../src/tasks/md/schema.js';
import { describeStop } from '../../../src/tasks/md/watch.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';

vi.setConfig({ testTimeout: 600_000 }); // a model on a busy machine

const inFolder = useFolder('test', () => writeStructures(inFolder('cu.extxyz'), [rattledCopper(1)]));

/** Copper that is heated within 60 steps to what it never learned. */
const heating: MdTaskSettings = {
  model: 'lamm-s-joint',
  ...{ steps: 60, timestepFs: 2, ensemble: 'bussi', thermostatTimeFs: 10, temperatureK: 300, temperatureEndK: 9000 },
  ...{ logEvery: 5, trajectoryEvery: 10, checkpointEvery: 7, threads: 1 },
};

/** Runs the task into files called `name`. */
async function run(name: string, given: MdTaskSettings, stopAfter = Number.POSITIVE_INFINITY) {
  let steps = 0;
  const task = runMdTask(
    inFolder('cu.extxyz'),
    { trajectory: inFolder(`${name}.extxyz`), ...given },
    { shouldStop: () => steps > stopAfter },
  );
  let next = await task.next();
  for (; !next.done; next = await task.next()) if (next.value.kind === 'step') steps++;
  return next.value.summary;
}

const filesOf = (name: string) =>
  Promise.all(['.extxyz', '.csv', '-new.extxyz'].map((ending) => readFile(inFolder(name + ending), 'utf8')));

describe('a simulation that watches the errors to expect', () => {
  const watched = (name: string) => ({
    ...heating,
    ...{ uncertaintyEvery: 3, uncertaintyLimit: 0.1, uncertaintySave: inFolder(`${name}-new.extxyz`) },
  });

  it('goes on to the same bytes after it was interrupted, the frames that it keeps included', async () => {
    const whole = await run('whole', watched('whole'));
    expect(whole.uncertainty?.looks).toBe(21);
    expect(whole.uncertainty?.beyond).toBeGreaterThan(2);
    for (const stop of [3, 30]) {
      await run('part', { ...watched('part'), force: true }, stop);
      const resumed = await run('part', { resume: true });
      expect(resumed.uncertainty).toEqual(whole.uncertainty);
      expect(await filesOf('part')).toEqual(await filesOf('whole'));
    }
  });

  it('keeps frames beyond the limit, with the errors that a calculation of them gives and without labels', async () => {
    const { uncertainty } = await run('hot', watched('hot'));
    const frames = await readStructures(inFolder('hot-new.extxyz'));
    expect(frames).toHaveLength(uncertainty?.beyond ?? 0);
    await using calculator = createModelCalculator({ model: 'lamm-s-joint', threads: 1 });
    for (const frame of frames) {
      const { forces } = (await calculator.uncertaintyOf(frame, await calculator.calculate(frame))) ?? {};
      const kept = [...(frame.arrays.lamm_forces_error.values as Iterable<number>)];
      expect(largestOf(kept)).toBeGreaterThan(0.1);
      for (const [atom, error] of (forces ?? []).entries()) expect(kept[atom]).toBeCloseTo(error, 3);
      expect(Number(frame.info.step) % 3).toBe(0);
      expect(frame.labels).toEqual({});
    }
    const log = await readFile(inFolder('hot.csv'), 'utf8');
    const [header, ...lines] = log.trimEnd().split('\n');
    expect(header).toMatch(/,energy_error_eV_per_atom,largest_force_error_eV_per_A,unlike_atoms$/);
    for (const line of lines) {
      const looked = Number(line.split(',')[0]) % 3 === 0;
      expect(line).toMatch(looked ? /,\d\.\d{6},\d+\.\d{5},\d$/ : /\d,,,$/);
    }
    expect(thermodynamicsOfLog(log).temperature?.samples).toBe(lines.length);
  });

  it('stops at a limit where it can be resumed: with a higher one, as if there had been no other', async () => {
    await run('free', watched('free'));
    const limited = { ...watched('held'), uncertaintyStop: 0.1 };
    const { interrupted, uncertainty, steps } = await run('held', limited);
    expect(interrupted).toBe(true);
    expect(uncertainty).toMatchObject({ stopped: { limit: 0.1 }, largestStep: steps, beyond: 1 });
    expect(uncertainty && describeStop(uncertainty, { step: steps })).toMatch(
      /^stopped at step \d+: a force component is expected to be off by 0\.\d+ eV\/A, more than the 0\.1 eV\/A of `uncertaintyStop`/,
    );
    const held = await filesOf('held');
    const again = await run('held', { resume: true });
    expect(again).toMatchObject({ steps, uncertainty });
    expect(await filesOf('held')).toEqual(held);
    const freed = await run('held', { resume: true, uncertaintyStop: 1e6 });
    expect(freed).toMatchObject({ interrupted: false, steps: 60 });
    expect(await filesOf('held')).toEqual(await filesOf('free'));
  });

  it('keeps frames with atoms unlike the training where no limit is given', async () => {
    const save = inFolder('odd-new.extxyz');
    const { cell, positions, ...rest } = rattledCopper(1);
    const squeezed = { ...rest, cell: cell.map((x) => 0.88 * x), positions: positions.map((x) => 0.88 * x) };
    await writeStructures(inFolder('cu.extxyz'), [squeezed]);
    const asked = { ...heating, steps: 10, timestepFs: 0.5, temperatureEndK: 300, uncertaintySave: save };
    const { uncertainty } = await run('odd', asked);
    const frames = await readStructures(save);
    expect(uncertainty).toMatchObject({ looks: 3, beyond: frames.length });
    for (const { arrays } of frames) expect(arrays.lamm_unlike.values).toContain(true);
  });

  it('refuses to go on as it was not begun', async () => {
    await run('seen', { ...watched('seen'), steps: 2 });
    await expect(run('seen', { resume: true, uncertaintyEvery: 4 })).rejects.toThrow(
      /was started with `uncertaintyEvery` = 3, now 4 is asked for/,
    );
    await run('blind', { ...heating, steps: 2 });
    await expect(run('blind', { resume: true, uncertaintyStop: 1 })).rejects.toThrow(
      /was started with `uncertaintyStop` = its default, now 1 is asked for/,
    );
  });
});

it.each<[string, MdTaskSettings, RegExp]>([
  [
    'emt',
    { calculator: { name: 'emt', options: {} }, uncertaintyStop: 1 },
    /knows how far its forces may be off, found emt/,
  ],
  [
    'a model without calibration',
    { model: 'lamm-s-metals', uncertaintyEvery: 5 },
    /its results may be off, found the head default of/,
  ],
])('%s, which does not know its errors, is not watched, and nothing is written', async (_, given, message) => {
  const asked = { steps: 10, uncertaintySave: inFolder('u.extxyz'), ...given };
  await expect(run('x', asked)).rejects.toMatchObject({ code: 'missing-property' });
  await expect(run('x', asked)).rejects.toThrow(message);
  expect(await readdir(inFolder('.'))).toEqual(['cu.extxyz']);
});

it('a simulation that is not watched has a log without the columns', async () => {
  await run('plain', { calculator: { name: 'emt', options: {} }, steps: 2 });
  expect(await readFile(inFolder('plain.csv'), 'utf8')).not.toMatch(/error|,,/);
});
