import { describe, expect, it } from 'vitest';
import type { Calculator } from '../../../calculators/calculator.js';
import { type EvaluationRow, evaluate, type SetErrors } from '../../../pretrain/assess/evaluate.js';
import type { Sample } from '../../../pretrain/dataset/sample/sample.js';
import { createStructure } from '../../../src/structure/structure.js';

/** E = sum over atoms of -Z/10, force 1 along x, stress 0.5 in every component. */
const calculator: Calculator = {
  name: 'known',
  capabilities: { elements: new Set([28, 29]), cutoff: 5, conservative: true, stress: true, heads: [] },
  async calculate({ numbers }) {
    const energies = Float64Array.from(numbers, (number) => -number / 10);
    const forces = new Float64Array(3 * numbers.length);
    for (let atom = 0; atom < numbers.length; atom++) forces[3 * atom] = 1;
    return {
      energy: energies.reduce((sum, energy) => sum + energy, 0),
      energies,
      forces,
      stress: new Float64Array(6).fill(0.5),
    };
  },
  async [Symbol.asyncDispose]() {},
};

function sample(
  numbers: readonly number[],
  labels: Omit<Sample, 'structure' | 'origin'>,
  file = 'a.xyz',
  group?: string,
): Sample {
  const structure = createStructure({ numbers, positions: numbers.flatMap((_, index) => [3 * index, 0, 0]) });
  return { structure, ...labels, origin: { path: file, file, frame: 1, ...(group && { group }) } };
}

async function finish(samples: readonly Sample[], options = {}, asked = calculator) {
  const run = evaluate(asked, samples, options);
  const counts: number[] = [];
  for (;;) {
    const { done, value } = await run.next();
    if (done) return { ...value, counts };
    counts.push(value);
  }
}

describe('evaluate', () => {
  it('compares energy per atom, force components and stress components, in total and by file and group', async () => {
    const { total, rows, counts } = await finish([
      sample([29, 29], { energy: -5.6, forces: Float64Array.of(1, 0, 0, 0, 0, 0) }, 'a.xyz', 'bulk'),
      sample([29], { energy: -2.9, stress: Float64Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 1.1) }, 'a.xyz', 'slab'),
      sample([28], { forces: Float64Array.of(-1, 0, 0) }, 'b.xyz'),
    ]);
    expect(counts).toEqual([1, 2, 3]);
    expect(rows.map(({ file, group, frames }) => [file, group, frames])).toEqual([
      ['a.xyz', undefined, 2],
      ['a.xyz', 'bulk', 1],
      ['a.xyz', 'slab', 1],
      ['b.xyz', undefined, 1],
    ]);
    expect(total.errors.energy?.mae).toBeCloseTo((0.1 + 0) / 2, 12);
    expect(total.errors.energy?.rmse).toBeCloseTo(Math.sqrt(0.01 / 2), 12);
    expect(total.errors.forces).toEqual({ count: 9, mae: 3 / 9, rmse: Math.sqrt(5 / 9) });
    expect(total.errors.stress?.mae).toBeCloseTo(0.1, 12);
    expect(rows[3].errors.energy).toBeUndefined();
  });

  it('can move the zero of energy of each element before it compares', async () => {
    const shifted = [[29], [29, 28], [28, 28, 29]].map((numbers) =>
      sample(numbers, { energy: numbers.reduce((sum, number) => sum - number / 10 + (number === 28 ? 100 : -7), 0) }),
    );
    expect((await finish(shifted)).total.errors.energy?.mae).toBeGreaterThan(1);
    expect((await finish(shifted, { rereference: true })).total.errors.energy?.mae).toBeLessThan(1e-12);
  });

  it('tells energies of several levels of theory apart, also where it moves their zeros', async () => {
    const twoHeads: Calculator = {
      ...calculator,
      async calculate(system) {
        const result = await calculator.calculate(system);
        const isLone = system.numbers.length === 1;
        return { ...result, head: isLone ? 'molecules' : 'crystals', energy: result.energy + (isLone ? 1000 : 0) };
      },
    };
    const samples = [
      sample([29], { energy: -2.9 }, 'a.xyz', 'x'),
      sample([29], { energy: -2.9, forces: Float64Array.of(0, 0, 0) }, 'a.xyz'),
      sample([29, 29], { energy: -5.6 }, 'a.xyz', 'x'),
      sample([29, 29], { energy: -5.8 }, 'b.xyz'),
    ];
    const { total, byHead, rows } = await finish(samples, {}, twoHeads);
    expect(total.frames).toBe(4);
    expect(total.errors).not.toHaveProperty('energy');
    expect(total.errors.forces?.count).toBe(3);
    const told = (list: readonly (SetErrors & Partial<EvaluationRow>)[]) =>
      list.map(({ file, head, group, frames, errors }) => [file, head, group, frames, errors.energy?.mae.toFixed(3)]);
    expect(told(byHead)).toEqual([
      [undefined, 'molecules', undefined, 2, '1000.000'],
      [undefined, 'crystals', undefined, 2, '0.050'],
    ]);
    expect(told(rows)).toEqual([
      ['a.xyz', 'molecules', undefined, 2, '1000.000'],
      ['a.xyz', 'molecules', 'x', 1, '1000.000'],
      ['a.xyz', 'crystals', undefined, 1, '0.100'],
      ['a.xyz', 'crystals', 'x', 1, '0.100'],
      ['b.xyz', 'crystals', undefined, 1, '0.000'],
    ]);
    const moved = await finish(samples, { rereference: true }, twoHeads);
    expect(told(moved.byHead).map((row) => row.at(-1))).toEqual(['0.000', '0.050']);
  });

  it('says of each level of theory whether its energies have another zero', async () => {
    const shifted: Calculator = {
      ...calculator,
      async calculate(system) {
        const result = await calculator.calculate(system);
        const head = system.numbers.length === 1 ? 'molecules' : 'crystals';
        return { ...result, head, energy: result.energy + (head === 'molecules' ? 2 : 0) };
      },
    };
    const right = [[29], [29], [29], [29], [29, 29], [29, 29]].map((numbers) =>
      sample(numbers, { energy: -2.9 * numbers.length }),
    );
    expect((await finish(right, {}, shifted)).otherZeros).toEqual([
      { head: 'molecules', rmse: expect.closeTo(2, 9), fitted: expect.closeTo(0, 9) },
    ]);
  });

  it('names frame and element before it calculates what the calculator does not know', async () => {
    await expect(finish([sample([28], { energy: 1 }), sample([47], { energy: 1 }, 'b.xyz')])).rejects.toThrow(
      /b\.xyz, frame 1 holds Ag, which known does not know \(it knows Ni Cu\)/,
    );
  });
});
