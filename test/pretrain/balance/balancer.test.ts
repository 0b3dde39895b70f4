import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planBatches, type Strategy, strategies } from '../../../pretrain/balance/balancer.js';
import { type BatchPlan, batchOf } from '../../../pretrain/balance/batch-plan.js';
import { createRandom, shuffle } from '../../../src/random.js';

function randomSizes(count: number, seed: number): Uint32Array {
  const random = createRandom(seed);
  return Uint32Array.from({ length: count }, () => 1 + random.integer(random.uniform() < 0.2 ? 300 : 40));
}

function shuffledOrder(count: number, seed: number): Uint32Array {
  return shuffle(
    Uint32Array.from({ length: count }, (_, index) => index),
    createRandom(seed),
  );
}

const costOf = (samples: Iterable<number>, costs: Uint32Array) => {
  let sum = 0;
  for (const sample of samples) sum += costs[sample];
  return sum;
};

/** Samples of all ranks in each step. */
const stepsOf = (plan: BatchPlan) =>
  Array.from({ length: plan.stepCount }, (_, step) =>
    plan.samples.subarray(plan.offsets[step * plan.ranks], plan.offsets[(step + 1) * plan.ranks]),
  );

const batchesOf = (plan: BatchPlan) =>
  Array.from({ length: plan.stepCount * plan.ranks }, (_, index) =>
    batchOf(plan, Math.floor(index / plan.ranks), index % plan.ranks),
  );

const requests = fc.record({
  count: fc.integer({ min: 0, max: 400 }),
  seed: fc.nat(),
  ranks: fc.integer({ min: 1, max: 9 }),
  batchSize: fc.integer({ min: 1, max: 6 }),
  subsets: fc.integer({ min: 1, max: 12 }),
});

describe.each(strategies)('the strategy %s', (strategy) => {
  it('has every entry of the epoch in exactly one batch, repeats included', () => {
    fc.assert(
      fc.property(requests, ({ count, seed, ...options }) => {
        const order = shuffledOrder(count, seed).map((sample) => sample % 150);
        const plan = planBatches(order, randomSizes(150, seed), { ...options, strategy });
        const planned = batchesOf(plan).flatMap((batch) => [...batch]);
        expect(planned.sort((a, b) => a - b)).toEqual([...order].sort((a, b) => a - b));
      }),
    );
  });

  it('depends on nothing but its input, which it leaves as it is', () => {
    const [order, costs] = [shuffledOrder(500, 1), randomSizes(500, 2)];
    const plan = () => planBatches(order, costs, { strategy, ranks: 4, batchSize: 3, subsets: 3 });
    expect(plan()).toEqual(plan());
    expect([order, costs]).toEqual([shuffledOrder(500, 1), randomSizes(500, 2)]);
    const other = planBatches(shuffledOrder(500, 3), costs, { strategy, ranks: 4, batchSize: 3, subsets: 3 });
    expect(other).not.toEqual(plan());
  });

  it('refuses more ranks than any machine has', () => {
    const plan = () =>
      planBatches(shuffledOrder(9, 1), randomSizes(9, 1), { strategy: 'lamm', ranks: 1e9, batchSize: 1 });
    expect(plan).toThrow('expected at most 1000000 ranks, found 1000000000');
  });

  it.each([{ ranks: 0 }, { batchSize: 1.5 }, { subsets: 0 }])('refuses %o', (wrong) => {
    const options = { strategy, ranks: 2, batchSize: 2, ...wrong };
    expect(() => planBatches(shuffledOrder(9, 1), randomSizes(9, 1), options)).toThrow(
      /expected a whole number of at least 1 for/,
    );
  });
});

describe('the strategies none, greedy and lamm', () => {
  it.each<Strategy>(['none', 'greedy', 'lamm'])(
    '%s has ranks x batch samples in every step but those of the last subset',
    (strategy) => {
      const plan = planBatches(shuffledOrder(1003, 1), randomSizes(1003, 2), {
        strategy,
        ranks: 5,
        batchSize: 4,
        subsets: 6,
      });
      expect(plan.stepCount).toBe(Math.ceil(1003 / 20));
      const sizes = stepsOf(plan).map(({ length }) => length);
      expect(sizes.slice(0, 42).every((size) => size === 20)).toBe(true);
      expect(Math.max(...sizes)).toBe(20);
    },
  );

  it('none keeps the order of the epoch', () => {
    const order = shuffledOrder(103, 1);
    const plan = planBatches(order, randomSizes(103, 2), { strategy: 'none', ranks: 4, batchSize: 5 });
    expect(plan.samples).toEqual(order);
    expect([...batchOf(plan, 2, 1)]).toEqual([...order.subarray(45, 50)]);
    expect(
      batchesOf(plan)
        .slice(-4)
        .map(({ length }) => length),
    ).toEqual([1, 1, 1, 0]);
  });

  it('greedy has the samples of `none` in each step', () => {
    const [order, costs] = [shuffledOrder(200, 1), randomSizes(200, 2)];
    const options = { ranks: 4, batchSize: 5 };
    const [none, greedy] = (['none', 'greedy'] as const).map((strategy) =>
      stepsOf(planBatches(order, costs, { ...options, strategy })).map((step) => [...step].sort()),
    );
    expect(greedy).toEqual(none);
  });

  it('give each sample, largest first, to the lightest rank', () => {
    const costs = Uint32Array.of(7, 3, 5, 1, 4, 2);
    const plan = planBatches(Uint32Array.from(costs.keys()), costs, { strategy: 'greedy', ranks: 2, batchSize: 3 });
    // 7 | 5, then 4 to the second, 3 to the first (7 < 9), 2 to the second (9 < 10), 1 to the first (10 < 11).
    expect(batchesOf(plan).map((batch) => [...batch].map((sample) => costs[sample]))).toEqual([
      [7, 3, 1],
      [5, 4, 2],
    ]);
  });

  it('lamm gives step k of K the chunks k, k + K, k + 2K ... of the sorted subset', () => {
    const costs = Uint32Array.from({ length: 24 }, (_, index) => 100 - index); // sorted: 0, 1, 2 ...
    const plan = planBatches(shuffledOrder(24, 5), costs, { strategy: 'lamm', ranks: 2, batchSize: 3, subsets: 1 });
    // Chunks of two: (0 1)(2 3)(4 5)(6 7) (8 9) ...; four steps.
    expect(stepsOf(plan).map((step) => [...step].sort((a, b) => a - b))).toEqual([
      [0, 1, 8, 9, 16, 17],
      [2, 3, 10, 11, 18, 19],
      [4, 5, 12, 13, 20, 21],
      [6, 7, 14, 15, 22, 23],
    ]);
  });

  it('lamm: within a subset the total of a step never rises, so memory is allocated once', () => {
    fc.assert(
      fc.property(requests, ({ count, seed, ranks, batchSize, subsets }) => {
        const costs = randomSizes(count, seed);
        const plan = planBatches(shuffledOrder(count, seed), costs, { strategy: 'lamm', ranks, batchSize, subsets });
        const totals = stepsOf(plan).map((step) => costOf(step, costs));
        const rises = totals.filter((total, step) => step > 0 && total > totals[step - 1]).length;
        expect(rises).toBeLessThan(subsets); // at most where a subset begins
      }),
    );
  });

  it('lamm: loads of ranks differ by no more than the largest spread of a chunk, here by less than 1 %', () => {
    const costs = randomSizes(40_000, 1);
    const plan = planBatches(shuffledOrder(40_000, 2), costs, { strategy: 'lamm', ranks: 8, batchSize: 4 });
    const loads = batchesOf(plan).map((batch) => costOf(batch, costs));
    for (let step = 0; step < plan.stepCount; step++) {
      const own = loads.slice(8 * step, 8 * step + 8);
      expect(Math.max(...own)).toBeLessThanOrEqual(1.01 * Math.min(...own) + 1);
    }
  });
});

describe('the strategy budget', () => {
  it('keeps every batch of several samples within the limit and gives a sample that exceeds it a batch of its own', () => {
    fc.assert(
      fc.property(requests, fc.integer({ min: 10, max: 400 }), ({ count, seed, ...options }, limit) => {
        const costs = randomSizes(count, seed);
        const plan = planBatches(shuffledOrder(count, seed), costs, { ...options, strategy: 'budget', limit });
        for (const batch of batchesOf(plan)) {
          if (batch.length > 1) expect(costOf(batch, costs)).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('fills batches: fewer than 11/9 of what the total needs', () => {
    const costs = randomSizes(20_000, 3);
    const plan = planBatches(shuffledOrder(20_000, 4), costs, {
      strategy: 'budget',
      ranks: 1,
      batchSize: 1,
      limit: 400,
    });
    const least = costOf(costs.keys(), costs) / 400;
    expect(plan.stepCount).toBeLessThan((11 / 9) * least);
    expect(plan.stepCount).toBeGreaterThanOrEqual(least);
  });
});
