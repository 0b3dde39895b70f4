import { createCostSorter } from './sort-by-cost.js';

/** The samples of an epoch step by step; those of step s lie from `offsets[s]` to `offsets[s + 1]`. */
export interface Steps {
  /** Indices of samples, [N]. */
  readonly samples: Uint32Array;
  /** [steps + 1]. */
  readonly offsets: Uint32Array;
}

export interface StepOptions {
  readonly ranks: number;
  /** Samples that a rank has in one step, on average. */
  readonly batchSize: number;
  /** Number of parts of the epoch within which samples are sorted. */
  readonly subsets: number;
}

/** Steps of `ranks x batchSize` samples, as they come. */
export function cutSteps(samples: Uint32Array, { ranks, batchSize }: Omit<StepOptions, 'subsets'>): Steps {
  const stepSize = ranks * batchSize;
  const stepCount = Math.ceil(samples.length / stepSize);
  const offsets = Uint32Array.from({ length: stepCount + 1 }, (_, step) => Math.min(step * stepSize, samples.length));
  return { samples, offsets };
}

/**
 * Sorts each subset of K steps by falling cost, cuts it into chunks of one sample a rank, and gives its step k the
 * chunks k, k + K, k + 2K ...: every step has a chunk of each size, and none costs more than the one before it in the
 * subset.
 *
 * @see LaMM, arXiv 2505.22208, section 3.4.
 */
export function mixSizes(order: Uint32Array, costs: Uint32Array, { ranks, batchSize, subsets }: StepOptions): Steps {
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
