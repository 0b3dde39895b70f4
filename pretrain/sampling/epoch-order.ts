import { createRandom, shuffle } from '../../src/random.js';
import { sampleEpoch, temperatureCounts } from './temperature-sampling.js';

/** Subsets of a joint data set, whose samples lie one subset after another. */
export interface Mixture {
  /** Number of samples of each subset. */
  readonly counts: readonly number[];
  /** See `temperatureCounts`. */
  readonly temperature: number;
}

export interface EpochKey {
  readonly seed: number;
  readonly epoch: number;
  /** Absent where there are no subsets. */
  readonly mixture?: Mixture;
}

/**
 * Order of one epoch as indices of samples, the same for the same key: every sample exactly once, or as often as the
 * temperature of a mixture wants.
 */
export function epochOrder(sampleCount: number, { seed, epoch, mixture }: EpochKey): Uint32Array {
  if (mixture !== undefined) return sampleEpoch(mixture.counts, { ...mixture, seed, epoch });
  const random = createRandom((seed ^ Math.imul(epoch + 1, 0x9e3779b1)) >>> 0);
  return shuffle(
    Uint32Array.from({ length: sampleCount }, (_, index) => index),
    random,
  );
}

/** Number of entries of an epoch. */
export function epochLength(sampleCount: number, mixture: Mixture | undefined): number {
  if (mixture === undefined) return sampleCount;
  return temperatureCounts(mixture.counts, mixture.temperature).reduce((sum, count) => sum + count, 0);
}
