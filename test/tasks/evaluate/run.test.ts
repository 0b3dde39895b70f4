import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEmt } from '../../../calculators/emt.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { runEvaluateTask } from '../../../src/tasks/evaluate/run.js';
import type { EvaluateTaskSettings } from '../../../src/tasks/evaluate/schema.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';

/** Copper with the labels of EMT, each energy 0.1 eV an atom too high. */
const inFolder = useFolder('test', async () => {
  await using emt = createEmt();
  const structures = [1, 2].map((repeats) => rattledCopper(repeats));
  const labelled = structures.map(async (structure) => {
    const { energy, forces } = await emt.calculate(structure);
    return { ...structure, labels: { energy: energy + 0.1 * structure.numbers.length, forces } };
  });
  await writeStructures(inFolder('cu.extxyz'), await Promise.all(labelled));
});
const emt = { name: 'emt', options: {} } as const;

async function run(given: EvaluateTaskSettings) {
  const task = runEvaluateTask([inFolder('cu.extxyz')], { calculator: emt, ...given });
  const events = [];
  let next = await task.next();
  for (; !next.done; next = await task.next()) events.push(next.value);
  return { events, outcome: next.value };
}

describe('an evaluation that a program asks for', () => {
  it('counts the structures, returns the errors, and writes a page where one is wanted', async () => {
    const { events, outcome } = await run({ out: inFolder('page.html') });
    expect(events).toEqual([
      { kind: 'begin', total: 2, done: 0, canStop: false },
      { kind: 'step', done: 1 },
      { kind: 'step', done: 2 },
    ]);
    expect(outcome).toMatchObject({ calculator: 'emt', structureCount: 2, atomCount: 36 });
    const { energy, forces } = outcome.evaluation.total.errors;
    expect(energy?.mae).toBeCloseTo(0.1, 6);
    expect(forces?.mae).toBeLessThan(1e-6);
    expect(existsSync(inFolder('page.html'))).toBe(true);
  });

  it('takes another zero of energy out where that is asked for', async () => {
    const { outcome } = await run({ rereference: true });
    expect(outcome.evaluation.total.errors.energy?.mae).toBeLessThan(1e-6);
  });

  it.each<[given: object, message: RegExp]>([
    [{ out: 'errors.pdf' }, /`out`: what is written is a page; let its name end in \.html/],
    [{ energykey: 'REF_energy' }, /did you mean `energyKey`\?/],
  ])('refuses %j', async (given, message) => {
    await expect(run(given)).rejects.toThrow(message);
  });
});
