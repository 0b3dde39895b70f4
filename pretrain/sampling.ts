import { createRandom, shuffle } from '../src/random.js';
import { sampleEpoch } from './temperature-sampling.js';

/** Size of one sample. */
export interface SampleSize {
  readonly atomCount: number;
  readonly edgeCount: number;
}

/** Upper limits of one batch; what is absent does not limit. */
export interface BatchBudget {
  readonly atoms?: number;
  readonly edges?: number;
  readonly structures?: number;
}

/** Position in the stream of shuffled epochs. */
export interface EpochKey {
  readonly seed: number;
  readonly epoch: number;
}

/** Subsets of a joint data set, whose samples lie one subset after another. */
export interface Mixture {
  /** Number of samples of each subset. */
  readonly counts: readonly number[];
  /** See `temperatureCounts`. */
  readonly temperature: number;
}

/**
 * Batches of one epoch as indices of samples: shuffled, the same for the same key; every sample exactly once, or as often as
 * the temperature of a mixture wants.
 */
export function planEpoch(
  sizes: readonly SampleSize[],
  budget: BatchBudget,
  { seed, epoch, mixture }: EpochKey & { readonly mixture?: Mixture },
): number[][] {
  if (mixture !== undefined)
    return fillBatches(sampleEpoch(mixture.counts, { ...mixture, seed, epoch }), sizes, budget);
  const random = createRandom((seed ^ Math.imul(epoch + 1, 0x9e3779b1)) >>> 0);
  return fillBatches(shuffle([...sizes.keys()], random), sizes, budget);
}

/** Batches of all samples in their order. */
export function planInOrder(sizes: readonly SampleSize[], budget: BatchBudget): number[][] {
  return fillBatches([...sizes.keys()], sizes, budget);
}

/** Opens a new batch whenever the next sample would break the budget; a sample that alone breaks it has a batch of its own. */
function fillBatches(order: Iterable<number>, sizes: readonly SampleSize[], budget: BatchBudget): number[][] {
  const batches: number[][] = [];
  let [atoms, edges] = [0, 0];
  for (const index of order) {
    const { atomCount, edgeCount } = sizes[index];
    const last = batches.at(-1);
    const fits =
      last !== undefined &&
      last.length < (budget.structures ?? Number.POSITIVE_INFINITY) &&
      atoms + atomCount <= (budget.atoms ?? Number.POSITIVE_INFINITY) &&
      edges + edgeCount <= (budget.edges ?? Number.POSITIVE_INFINITY);
    if (fits) {
      last.push(index);
    } else {
      batches.push([index]);
      [atoms, edges] = [0, 0];
    }
    atoms += atomCount;
    edges += edgeCount;
  }
  return batches;
}
