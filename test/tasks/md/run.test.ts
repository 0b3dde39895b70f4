import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { writeStructures } from '../../../src/io/write-structures.js';
import { runMdTask } from '../../../src/tasks/md/run.js';
import type { MdTaskSettings } from '../../../src/tasks/md/schema.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('test', () => writeStructures(inFolder('cu.extxyz'), [rattledCopper(1)]));
const emt = { name: 'emt', options: {} } as const;

/** Runs the task as a program would: what it yields, tells and returns. */
async function run(given: MdTaskSettings, stopAfter = Number.POSITIVE_INFINITY) {
  const told: string[] = [];
  const steps: number[] = [];
  const trajectory = inFolder('run.extxyz');
  const task = runMdTask(
    inFolder('cu.extxyz'),
    { calculator: emt, trajectory, ...given },
    { tell: (text) => told.push(text), shouldStop: () => steps.length > stopAfter },
  );
  let next = await task.next();
  const first = next.value;
  for (; !next.done; next = await task.next()) if (next.value.kind === 'step') steps.push(next.value.state.step);
  return { first, steps, told, outcome: next.value };
}

describe('a simulation that a program asks for', () => {
  it('says how long it will be, then yields every state, and returns what it came to', async () => {
    const { first, steps, outcome } = await run({ steps: 4, timestepFs: 2, report: inFolder('page.html') });
    expect(first).toEqual({ kind: 'begin', total: 4, done: 0 });
    expect(steps).toEqual([0, 1, 2, 3, 4]);
    expect(outcome).toMatchObject({ calculator: 'emt', summary: { steps: 4, ensemble: 'nve', timestepFs: 2 } });
    expect(await readFile(inFolder('page.html'), 'utf8')).toContain('4 steps of 2 fs, nve, 4 atoms with emt');
  });

  it('stops when it is asked to, and goes on from there', async () => {
    const stopped = await run({ steps: 9, out: inFolder('last.extxyz') }, 3);
    expect(stopped.outcome.summary).toMatchObject({ interrupted: true, steps: 4 });
    expect(existsSync(inFolder('last.extxyz'))).toBe(true);
    const resumed = await run({ resume: true });
    expect(resumed.first).toEqual({ kind: 'begin', total: 9, done: 4 });
    expect(resumed.outcome.summary).toMatchObject({ interrupted: false, steps: 9 });
    expect(resumed.told).toContainEqual(expect.stringMatching(/^going on from step 4 of/));
  });

  it('tells what a user should know, settings by their keys', async () => {
    const { told } = await run({ steps: 0, timestepFs: 10 });
    expect(told).toContainEqual(expect.stringMatching(/a time step of up to 4\.6 fs is advisable; it is 10 fs/));
  });

  it.each<[given: object, message: RegExp]>([
    [{}, /expected `steps`, such as `steps: 1000`; it has no default/],
    [{ steps: 1, timestep: 2 }, /unknown setting "timestep"; did you mean `timestepFs`\?/],
    [{ steps: 1, timestepFs: '2 fs' }, /`timestepFs`: expected a time above 0 fs, found "2 fs"/],
    [{ steps: 1, frictionPerFs: 0.1 }, /`frictionPerFs` has no effect with `ensemble: nve`/],
    [{ steps: 1, supercell: [2, 2] }, /`supercell`: expected three counts such as 2,2,2, found \[2,2\]/],
    [{ steps: 1, analyzeEvery: 5 }, /`analyzeEvery`: expected `analyze` too/],
    [{ steps: 1, report: 'nowhere/page.html' }, /page\.html: the folder for the output does not exist; create it/],
  ])('refuses %j and leaves nothing behind', async (given, message) => {
    await expect(run(given)).rejects.toThrow(message);
    expect(existsSync(inFolder('run.extxyz'))).toBe(false);
  });
});
