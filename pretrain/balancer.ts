import { LammError } from '../src/errors.js';
import type { BatchPlan } from './balance/batch-plan.js';
import { createGreedyAssigner } from './balance/greedy.js';
import { packFirstFit } from './balance/pack.js';
import { createCostSorter } from './balance/sort-by-cost.js';

/**
 * How samples become batches.  `none`: as they come.  `greedy`: each step's samples, largest first, go to the lightest rank.
 * `lamm`: besides, the samples of a step are of all sizes and those of a rank alike.  `budget`: each batch holds what fits a limit.
 */
export const strategies = ['none', 'greedy', 'lamm', 'budget'] as const;
export type Strategy = (typeof strategies)[number];

export interface BalanceOptions {
  readonly strategy: Strategy;
  readonly ranks: number;
  /** Samples that a rank has in one step, on average; `budget` has no such number. */
  readonly batchSize: number;
  /** Parts of the epoch within which samples are sorted, for `lamm` and `budget`. */
  readonly subsets?: number;
  /** The most that one batch may cost, for `budget`; by default what `batchSize` samples cost on average, and no less than the largest. */
  readonly limit?: number;
}

/** Samples of one part of an epoch in the paper: 433 million in 10,000 parts. */
const samplesPerSubset = 43_000;

/**
 * Plans the batches of an epoch: every entry of `order` in exactly one batch.  Nothing is random beyond `order`.
 *
 * Shapes: `order` [n] holds indices of samples, repeats allowed; `costs` [N] are whole numbers, one for each sample.
 *
 * @throws {LammError} `usage` for counts below 1.
 * @see LaMM, arXiv 2505.22208, section 3.4.
 */
export function planBatches(order: Uint32Array, costs: Uint32Array, options: BalanceOptions): BatchPlan {
  const { strategy, ranks, batchSize, limit } = options;
  const subsets = options.subsets ?? Math.ceil(order.length / samplesPerSubset);
  for (const [name, value] of Object.entries({ ranks, batchSize, subsets: Math.max(1, subsets), limit: limit ?? 1 })) {
    if (!(value >= 1)) throw new LammError('usage', `expected ${name} to be at least 1, found ${value}`);
  }
  if (strategy === 'budget') return packBudget(order, costs, { ranks, subsets, limit: limit ?? defaultLimit(order, costs, batchSize) });
  const steps = strategy === 'lamm' ? mixSizes(order, costs, { ranks, batchSize, subsets }) : cutSteps(order, ranks * batchSize);
  return strategy === 'none' ? dealInOrder(steps, ranks) : dealGreedily(steps, costs, { ranks, sorted: strategy === 'lamm' });
}

/** Samples step by step; step s has those from `offsets[s]` to `offsets[s + 1]`. */
interface Steps {
  readonly samples: Uint32Array;
  /** [steps + 1]. */
  readonly offsets: Uint32Array;
}

function cutSteps(samples: Uint32Array, stepSize: number): Steps {
  const stepCount = Math.ceil(samples.length / stepSize);
  return { samples, offsets: Uint32Array.from({ length: stepCount + 1 }, (_, step) => Math.min(step * stepSize, samples.length)) };
}

interface MixOptions {
  readonly ranks: number;
  readonly batchSize: number;
  readonly subsets: number;
}

/**
 * Sorts each subset of K steps by falling cost, cuts it into chunks of one sample a rank, and gives step k of the subset the chunks
 * k, k + K, k + 2K ...: every step has a chunk of each size, and no step of a subset costs more than the one before.
 */
function mixSizes(order: Uint32Array, costs: Uint32Array, { ranks, batchSize, subsets }: MixOptions): Steps {
  const stepSize = ranks * batchSize;
  const stepCount = Math.ceil(order.length / stepSize);
  const subsetCount = Math.min(subsets, stepCount);
  const samples = new Uint32Array(order.length);
  const offsets = new Uint32Array(stepCount + 1);
  const sorter = createCostSorter(costs, stepSize * Math.ceil(stepCount / Math.max(1, subsetCount)));
  let end = 0;
  for (let subset = 0; subset < subsetCount; subset++) {
    const firstStep = Math.floor((subset * stepCount) / subsetCount);
    const steps = Math.floor(((subset + 1) * stepCount) / subsetCount) - firstStep;
    const sorted = order.slice(firstStep * stepSize, (firstStep + steps) * stepSize);
    sorter.descending(sorted);
    for (let step = 0; step < steps; step++) {
      for (let start = step * ranks; start < sorted.length; start += steps * ranks) {
        const chunk = sorted.subarray(start, start + ranks);
        samples.set(chunk, end);
        end += chunk.length;
      }
      offsets[firstStep + step + 1] = end;
    }
  }
  return { samples, offsets };
}

/** Every rank has the same number of samples, as they come; the remainder of the last step is spread evenly. */
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

interface GreedyOptions {
  readonly ranks: number;
  /** Whether the samples of each step come most costly first. */
  readonly sorted: boolean;
}

function dealGreedily({ samples, offsets }: Steps, costs: Uint32Array, { ranks, sorted }: GreedyOptions): BatchPlan {
  const stepCount = offsets.length - 1;
  const longest = offsets.reduce((most, offset, step) => Math.max(most, offset - (offsets[step - 1] ?? 0)), 0);
  const sorter = createCostSorter(costs, longest);
  const assigner = createGreedyAssigner(costs, ranks);
  const rankOf = new Uint32Array(longest);
  const plan = { ranks, stepCount, samples: samples.slice(), offsets: new Uint32Array(stepCount * ranks + 1) };
  for (let step = 0; step < stepCount; step++) {
    const own = samples.slice(offsets[step], offsets[step + 1]);
    if (!sorted) sorter.descending(own);
    assigner.assign(own, rankOf);
    group(own, rankOf, { samples: plan.samples.subarray(offsets[step], offsets[step + 1]), ends: plan.offsets.subarray(step * ranks + 1, (step + 1) * ranks + 1), start: offsets[step] });
  }
  return plan;
}

interface BudgetOptions {
  readonly ranks: number;
  readonly subsets: number;
  readonly limit: number;
}

/** Packs each subset into batches that keep to the limit, the largest samples first; a step takes as many batches as there are ranks. */
function packBudget(order: Uint32Array, costs: Uint32Array, { ranks, subsets, limit }: BudgetOptions): BatchPlan {
  const samples = new Uint32Array(order.length);
  const sorter = createCostSorter(costs, Math.ceil(order.length / Math.max(1, subsets)));
  const ends: number[] = [0];
  for (let subset = 0; subset < subsets; subset++) {
    const start = Math.floor((subset * order.length) / subsets);
    const own = order.slice(start, Math.floor(((subset + 1) * order.length) / subsets));
    sorter.descending(own);
    const { binOf, binCount } = packFirstFit(own, costs, limit);
    const binEnds = new Uint32Array(binCount);
    group(own, binOf, { samples: samples.subarray(start, start + own.length), ends: binEnds, start });
    for (const end of binEnds) ends.push(end);
  }
  const stepCount = Math.ceil((ends.length - 1) / ranks);
  const offsets = new Uint32Array(stepCount * ranks + 1).fill(order.length);
  offsets.set(ends);
  return { ranks, stepCount, samples, offsets };
}

interface Grouped {
  /** Filled with the samples, group by group, each in its order, [n]. */
  readonly samples: Uint32Array;
  /** Filled with the end of each group, [groups]. */
  readonly ends: Uint32Array;
  /** Added to every end. */
  readonly start: number;
}

/** Writes samples group by group. */
function group(items: Uint32Array, groupOf: Uint32Array, { samples, ends, start }: Grouped): void {
  ends.fill(0);
  for (let place = 0; place < items.length; place++) ends[groupOf[place]]++;
  let begin = 0;
  for (let index = 0; index < ends.length; index++) {
    const size = ends[index];
    ends[index] = begin; // the next free place of the group: its end, once all are placed
    begin += size;
  }
  for (let place = 0; place < items.length; place++) samples[ends[groupOf[place]]++] = items[place];
  for (let index = 0; index < ends.length; index++) ends[index] += start;
}

function defaultLimit(order: Uint32Array, costs: Uint32Array, batchSize: number): number {
  let [sum, largest] = [0, 1];
  for (const sample of order) {
    sum += costs[sample];
    largest = Math.max(largest, costs[sample]);
  }
  return Math.max(largest, Math.ceil((batchSize * sum) / Math.max(1, order.length)));
}
