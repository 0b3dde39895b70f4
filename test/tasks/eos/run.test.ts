import { describe, expect, it } from 'vitest';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { runEosTask } from '../../../src/tasks/eos/run.js';
import type { EosTaskSettings } from '../../../src/tasks/eos/schema.js';
import { GPa } from '../../../src/units.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('test', () => writeStructures(inFolder('cu.extxyz'), [rattledCopper(1, { rattle: 0 })]));
const emt = { name: 'emt', options: {} } as const;

async function run(given: EosTaskSettings) {
  const task = runEosTask(inFolder('cu.extxyz'), { calculator: emt, ...given });
  const events = [];
  let next = await task.next();
  for (; !next.done; next = await task.next()) events.push(next.value);
  return { events, outcome: next.value };
}

describe('an equation of state that a program asks for', () => {
  it('yields the volumes one by one, and returns what follows from them', async () => {
    const { events, outcome } = await run({ pointCount: 5, out: inFolder('all.extxyz') });
    expect(events[0]).toEqual({ kind: 'begin', total: 5, done: 0, canStop: false });
    expect(events.slice(1).map((event) => event.kind === 'step' && event.done)).toEqual([1, 2, 3, 4, 5]);
    expect(outcome.points.map(({ volume }) => volume)).toEqual(
      outcome.points.map(({ volume }) => volume).sort((a, b) => a - b),
    );
    expect(outcome.fit.bulkModulus / GPa).toBeCloseTo(134.4, 0); // of ASE's EMT
    expect((await readStructures(inFolder('all.extxyz'))).map(({ info }) => info.lamm_energy)).toEqual(
      outcome.points.map(({ energy }) => energy),
    );
  });

  it('refuses settings out of range before anything is read', async () => {
    await expect(run({ pointCount: 3 })).rejects.toThrow(
      '`pointCount`: expected a whole number of at least 4 and of at most 1000, found 3',
    );
    await expect(run({ pointcount: 5 } as EosTaskSettings)).rejects.toThrow('did you mean `pointCount`?');
  });
});
