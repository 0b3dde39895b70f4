import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf } from '../../../pretrain/balance/batch-plan.js';
import { fillInOrder } from '../../../pretrain/balance/in-order.js';

const sizes = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 9000 })), { maxLength: 200 })
  .map((list) => ({
    atoms: Uint32Array.from(list, ([atoms]) => atoms),
    edges: Uint32Array.from(list, ([, edges]) => edges),
  }));
const limits = fc.record(
  {
    atoms: fc.integer({ min: 1, max: 600 }),
    edges: fc.integer({ min: 1, max: 20000 }),
    structures: fc.integer({ min: 1, max: 20 }),
  },
  { requiredKeys: [] },
);

describe('fillInOrder', () => {
  it('keeps the order and the budget, and gives a sample that exceeds it a batch of its own', () => {
    fc.assert(
      fc.property(sizes, limits, fc.integer({ min: 1, max: 5 }), (sizes, budget, ranks) => {
        const order = Uint32Array.from(sizes.atoms.keys()).reverse();
        const plan = fillInOrder(order, sizes, { budget, ranks });
        const batches = Array.from({ length: plan.stepCount * ranks }, (_, index) => [
          ...batchOf(plan, Math.floor(index / ranks), index % ranks),
        ]);
        expect(batches.flat()).toEqual([...order]);
        for (const batch of batches.filter(({ length }) => length > 1)) {
          const total = (key: 'atoms' | 'edges') => batch.reduce((sum, index) => sum + sizes[key][index], 0);
          expect(total('atoms')).toBeLessThanOrEqual(budget.atoms ?? Number.POSITIVE_INFINITY);
          expect(total('edges')).toBeLessThanOrEqual(budget.edges ?? Number.POSITIVE_INFINITY);
          expect(batch.length).toBeLessThanOrEqual(budget.structures ?? Number.POSITIVE_INFINITY);
        }
        // Only ranks of the last step go without.
        expect(batches.slice(0, -ranks).every(({ length }) => length > 0)).toBe(true);
      }),
    );
  });

  it('opens a batch only when the next sample would not fit', () => {
    const sizes = { atoms: Uint32Array.of(4, 4, 4, 9, 1), edges: new Uint32Array(5) };
    const plan = fillInOrder(Uint32Array.of(0, 1, 2, 3, 4), sizes, { budget: { atoms: 8 }, ranks: 1 });
    expect([...plan.offsets]).toEqual([0, 2, 3, 4, 5]);
  });
});
