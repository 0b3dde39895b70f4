import { LammError } from '../../src/errors.js';
import type { BatchPlan } from './batch-plan.js';
import { packBudget } from './budget.js';
import { createGreedyAssigner } from './greedy.js';
import { group } from './group.js';
import { createCostSorter } from './sort-by-cost.js';
import { cutSteps, mixSizes, type Steps } from './steps.js';

/**
 * How samples become batches.  `none`: as they come.  `greedy`: the samples of a step, largest first, go to the
 * lightest rank. `lamm`: so too, and every step has samples of all sizes, as many of each as there are ranks.
 * `budget`: a batch is what fits a limit.
 */
export const strategies = ['none', 'greedy', 'lamm', 'budget'] as const;
export type Strategy = (typeof strategies)[number];

export interface BalanceOptions {
  readonly strategy: Strategy;
  readonly ranks: number;
  /** Samples that a rank has in one step, on average. */
  readonly batchSize: number;
  /** Parts of the epoch within which `lamm` and `budget` sort; by default as long as the paper's, 43,000 samples. */
  readonly subsets?: number;
  /**
   * The most that a batch of `budget` may cost; by default what `batchSize` samples cost on average, and no less than
   * the largest.
   */
  readonly limit?: number;
}

/**
 * Plans the batches of an epoch: every entry of `order` in exactly one batch, nothing being random beyond `order`.
 *
 * Shapes: `order` [n] holds indices of samples, repeats allowed; `costs` [N] are whole numbers, one for each sample.
 *
 * @throws {LammError} `usage` for counts that are not whole numbers above 0.
 * @see LaMM, arXiv 2505.22208, section 3.4.
 */
export function planBatches(order: Uint32Array, costs: Uint32Array, options: BalanceOptions): BatchPlan {
  const { strategy, ranks, batchSize, subsets = Math.max(1, Math.ceil(order.length / 43_000)) } = options;
  assertCounts({ ranks, batchSize, subsets });
  if (ranks > maxRanks) {
    const message = `expected at most ${maxRanks} ranks, found ${ranks}`;
    throw new LammError('usage', message, {
      quantity: 'ranks',
      expected: `at most ${maxRanks}`,
      actual: String(ranks),
    });
  }
  switch (strategy) {
    case 'none':
      return dealInOrder(cutSteps(order, { ranks, batchSize }), ranks);
    case 'greedy':
      return dealGreedily(cutSteps(order, { ranks, batchSize }), costs, ranks);
    case 'lamm':
      return dealGreedily(mixSizes(order, costs, { ranks, batchSize, subsets }), costs, ranks);
    case 'budget':
      return packBudget(order, costs, {
        ranks,
        subsets,
        limit: options.limit ?? defaultLimit(order, costs, batchSize),
      });
  }
}

/** Every rank takes equally many samples as they come; those of an incomplete step are spread evenly. */
function dealInOrder({ samples, offsets }: Steps, ranks: number): BatchPlan {
  const stepCount = offsets.length - 1;
  const batchOffsets = new Uint32Array(stepCount * ranks + 1);
  for (let step = 0; step < stepCount; step++) {
    const size = offsets[step + 1] - offsets[step];
    for (let rank = 1; rank <= ranks; rank++) {
      batchOffsets[step * ranks + rank] = offsets[step] + Math.ceil((rank * size) / ranks);
    }
  }
  return { ranks, stepCount, samples, offsets: batchOffsets };
}

/** In every step the samples, most costly first, go to the rank with the least so far. */
function dealGreedily({ samples, offsets }: Steps, costs: Uint32Array, ranks: number): BatchPlan {
  const stepCount = offsets.length - 1;
  const longest = offsets.reduce((most, offset, step) => Math.max(most, offset - (offsets[step - 1] ?? 0)), 0);
  const sorter = createCostSorter(costs, longest);
  const assigner = createGreedyAssigner(costs, ranks);
  const rankOf = new Uint32Array(longest);
  const dealt = new Uint32Array(samples.length);
  const batchOffsets = new Uint32Array(stepCount * ranks + 1);
  for (let step = 0; step < stepCount; step++) {
    const [start, end] = [offsets[step], offsets[step + 1]];
    const own = samples.slice(start, end);
    sorter.descending(own);
    assigner.assign(own, rankOf);
    const ends = batchOffsets.subarray(step * ranks + 1, (step + 1) * ranks + 1);
    group(own, rankOf, { items: dealt.subarray(start, end), ends, start });
  }
  return { ranks, stepCount, samples: dealt, offsets: batchOffsets };
}

function defaultLimit(order: Uint32Array, costs: Uint32Array, batchSize: number): number {
  let [sum, largest] = [0, 1];
  for (const sample of order) {
    sum += costs[sample];
    largest = Math.max(largest, costs[sample]);
  }
  return Math.max(largest, Math.ceil((batchSize * sum) / Math.max(1, order.length)));
}

/** More than any machine has; beyond it there is not even room for where their batches begin. */
const maxRanks = 1_000_000;

function assertCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (Number.isInteger(count) && count >= 1) continue;
    throw new LammError('usage', `expected a whole number of at least 1 for ${name}, found ${count}`, {
      quantity: name,
    });
  }
}
