import { describe, expect, it } from 'vitest';
import { calculateEach, createBatching } from '../../calculators/batching.js';
import type { Calculator } from '../../calculators/calculator.js';
import { createEmt } from '../../calculators/emt.js';
import { LammError } from '../../src/errors.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { cluster } from './systems.js';

/** EMT that calculates several at once, and runs out of memory above so many atoms. */
function withMemoryFor(mostAtoms: number): Calculator & { readonly batches: number[] } {
  const emt = createEmt();
  const batches: number[] = [];
  const countOf = (systems: readonly { readonly numbers: Uint8Array }[]) =>
    systems.reduce((sum, { numbers }) => sum + numbers.length, 0);
  const allocate = (atoms: number) => {
    batches.push(atoms);
    if (atoms > mostAtoms) throw new RangeError('Array buffer allocation failed');
  };
  return {
    ...emt,
    batches,
    async calculate(system) {
      allocate(system.numbers.length);
      return emt.calculate(system);
    },
    async calculateMany(systems) {
      allocate(countOf(systems));
      return Promise.all(systems.map((system) => emt.calculate(system)));
    },
  };
}

const copper = { symbols: ['Cu'], spacing: 2.55 };
const coppers = Array.from({ length: 8 }, () => cluster(copper));
const size = coppers[0].numbers.length;
const argon: Structure = createStructure({ symbols: ['Ar'], positions: [0, 0, 0] });

describe('calculating side by side', () => {
  it('halves a batch for which there is not enough memory, and makes later ones no larger', async () => {
    const calculator = withMemoryFor(2 * size);
    const batching = createBatching(calculator);
    const expected = await Promise.all(coppers.map((system) => createEmt().calculate(system)));
    expect(await Promise.all(coppers.map((system) => batching.calculate(system)))).toEqual(expected);
    expect(calculator.batches).toEqual([8, 4, 2, 2, 2, 2].map((count) => count * size));
    calculator.batches.length = 0;
    expect(await Promise.all(coppers.map((system) => batching.calculate(system)))).toEqual(expected);
    expect(calculator.batches).toEqual([2, 2, 2, 2].map((count) => count * size));
  });

  it('says of one structure for which there is not enough memory that it is too large', async () => {
    const large = coppers[0];
    const batching = createBatching(withMemoryFor(large.numbers.length - 1));
    await expect(batching.calculate(large)).rejects.toThrow(
      expect.objectContaining({ code: 'engine', message: expect.stringMatching(/not enough memory for \d+ atoms/) }),
    );
  });

  it('tells only the structure of it that cannot be calculated, and goes on in large batches', async () => {
    const calculator = withMemoryFor(1e6);
    const systems = [...coppers.slice(0, 3), argon, ...coppers.slice(3)];
    const outcomes = [];
    for await (const outcome of calculateEach(calculator, systems, 1e6)) outcomes.push(outcome);
    expect(outcomes.map(({ status }) => status)).toEqual(
      systems.map((system) => (system === argon ? 'rejected' : 'fulfilled')),
    );
    expect(outcomes[3]).toMatchObject({ reason: expect.any(LammError) });
    calculator.batches.length = 0;
    for await (const _ of calculateEach(calculator, coppers, 1e6));
    expect(calculator.batches).toEqual([8 * size]);
  });
});
