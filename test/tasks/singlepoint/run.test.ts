import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { runSinglepointTask } from '../../../src/tasks/singlepoint/run.js';
import type { SinglepointTaskSettings } from '../../../src/tasks/singlepoint/schema.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';

const copper = [1, 2, 1].map((repeats) => rattledCopper(repeats));
const uranium = { ...copper[0], numbers: copper[0].numbers.map(() => 92) };
const inFolder = useFolder('test', () =>
  writeStructures(inFolder('in.extxyz'), [copper[0], uranium, ...copper.slice(1)]),
);
const emt = { name: 'emt', options: {} } as const;

async function run(given: SinglepointTaskSettings, stopAfter = Number.POSITIVE_INFINITY) {
  const told: string[] = [];
  const done: number[] = [];
  const task = runSinglepointTask(
    [inFolder('in.extxyz')],
    { calculator: emt, ...given },
    { tell: (text) => told.push(text), shouldStop: () => done.length >= stopAfter },
  );
  let next = await task.next();
  const first = next.value;
  for (; !next.done; next = await task.next()) if (next.value.kind === 'step') done.push(next.value.done);
  return { first, done, told, outcome: next.value };
}

describe('a calculation that a program asks for', () => {
  it('gives each structure its result or its error, and writes nothing unasked', async () => {
    const { first, done, outcome } = await run({});
    expect(first).toEqual({ kind: 'begin', total: 4, done: 0 });
    expect(done).toEqual([1, 2, 3, 4]);
    expect(outcome.out).toBeUndefined();
    expect(existsSync(inFolder('in-singlepoint.extxyz'))).toBe(false);
    expect(outcome.outcomes.map((one) => ('error' in one ? one.error.code : one.result.forces.length))).toEqual([
      ...[12, 'unsupported-element', 96, 12],
    ]);
  });

  it('writes the results to the file that it is given, and tells what that cannot hold', async () => {
    const { outcome, told } = await run({ out: inFolder('out.extxyz') });
    const energies = outcome.outcomes.flatMap((one) => ('result' in one ? [one.result.energy] : []));
    const written = await readStructures(inFolder('out.extxyz'));
    expect(written.map(({ info }) => info.lamm_energy)).toEqual(energies);
    expect(told).toEqual([]);
    expect((await run({ out: inFolder('out.cif') })).told).toEqual([
      expect.stringMatching(/out.cif holds the structures alone, for cif has no place for results/),
    ]);
  });

  it('stops between structures when it is asked to', async () => {
    const { outcome } = await run({}, 1);
    expect(outcome).toMatchObject({ interrupted: true, outcomes: [{ frame: 1 }] });
  });

  it('refuses settings that it does not know, and files that are there', async () => {
    await expect(run({ outt: 'a' } as SinglepointTaskSettings)).rejects.toThrow('did you mean `out`?');
    await expect(run({ out: inFolder('in.extxyz') })).rejects.toThrow('the output exists already');
  });
});
