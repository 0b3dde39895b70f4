import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planEpoch, planInOrder } from '../../pretrain/sampling.js';

const sizes = fc.array(
  fc.record({ atomCount: fc.integer({ min: 1, max: 300 }), edgeCount: fc.integer({ min: 0, max: 9000 }) }),
  {
    maxLength: 200,
  },
);
const budget = fc.record(
  {
    atoms: fc.integer({ min: 1, max: 600 }),
    edges: fc.integer({ min: 1, max: 20000 }),
    structures: fc.integer({ min: 1, max: 20 }),
  },
  { requiredKeys: [] },
);

describe('planEpoch', () => {
  it('covers every sample exactly once, keeps to the budget, and gives a sample that exceeds it a batch of its own', () => {
    fc.assert(
      fc.property(sizes, budget, fc.nat(), fc.nat(1000), (sizes, budget, seed, epoch) => {
        const batches = planEpoch(sizes, budget, { seed, epoch });
        expect(batches.flat().sort((a, b) => a - b)).toEqual([...sizes.keys()]);
        for (const batch of batches.filter(({ length }) => length > 1)) {
          const total = (key: 'atomCount' | 'edgeCount') => batch.reduce((sum, index) => sum + sizes[index][key], 0);
          expect(total('atomCount')).toBeLessThanOrEqual(budget.atoms ?? Number.POSITIVE_INFINITY);
          expect(total('edgeCount')).toBeLessThanOrEqual(budget.edges ?? Number.POSITIVE_INFINITY);
          expect(batch.length).toBeLessThanOrEqual(budget.structures ?? Number.POSITIVE_INFINITY);
        }
      }),
    );
  });

  it('gives the same batches for the same seed and epoch and others for another of either', () => {
    const sizes = Array.from({ length: 50 }, (_, index) => ({ atomCount: 1 + (index % 7), edgeCount: 0 }));
    const plan = (seed: number, epoch: number) => planEpoch(sizes, { atoms: 20 }, { seed, epoch });
    expect(plan(1, 2)).toEqual(plan(1, 2));
    expect(plan(1, 2)).not.toEqual(plan(1, 3));
    expect(plan(1, 2)).not.toEqual(plan(2, 2));
  });

  it('puts every sample first about equally often', () => {
    const sizes = Array.from({ length: 5 }, () => ({ atomCount: 1, edgeCount: 0 }));
    const counts = new Array<number>(5).fill(0);
    for (let epoch = 0; epoch < 5000; epoch++) counts[planEpoch(sizes, {}, { seed: 7, epoch })[0][0]]++;
    // Standard deviation of a count is sqrt(5000 x 0.2 x 0.8) = 28.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(4 * 28);
  });
});

describe('planInOrder', () => {
  it('keeps the order', () => {
    const sizes = [4, 4, 4, 9, 1].map((atomCount) => ({ atomCount, edgeCount: 0 }));
    expect(planInOrder(sizes, { atoms: 8 })).toEqual([[0, 1], [2], [3], [4]]);
  });
});
