import { LammError } from '../../src/errors.js';
import { createRandom, shuffle } from '../../src/random.js';
import { mixSeed } from '../seeds.js';

export interface TemperatureSampling {
  /** 1 takes every sample once; the higher, the more often the samples of small subsets are repeated. */
  readonly temperature: number;
  readonly seed: number;
  readonly epoch: number;
}

/**
 * Samples that an epoch takes from each of several subsets, n' = n_max (n / n_max)^(1/T): the largest subset keeps its
 * count.
 *
 * @see Shoghi et al., arXiv 2310.16802 (JMP), section 3.
 */
export function temperatureCounts(counts: readonly number[], temperature: number): number[] {
  if (!(temperature >= 1)) {
    throw new LammError('usage', `expected a sampling temperature of at least 1, found ${temperature}`);
  }
  const largest = Math.max(...counts);
  return counts.map((count) =>
    count === 0 ? 0 : Math.max(count, Math.round(largest * (count / largest) ** (1 / temperature))),
  );
}

/**
 * Order of one epoch over all subsets as indices of samples, those of the first subset coming first.
 *
 * Within an epoch the samples of a subset differ by at most one in how often they occur, and over all epochs too.  The
 * passes through a subset follow one another, each in an order of its own, so repeats are spread over the epoch; the
 * subsets are mixed at random.
 */
export function sampleEpoch(counts: readonly number[], { temperature, seed, epoch }: TemperatureSampling): Uint32Array {
  const sampled = temperatureCounts(counts, temperature);
  const order = new Uint32Array(sampled.reduce((sum, count) => sum + count, 0));
  const subsetAt = new Uint16Array(order.length);
  let [place, first] = [0, 0];
  const streams = counts.map((count, subset) => {
    const end = place + sampled[subset];
    const stream = createStream({ first, count, length: sampled[subset], seed: mixSeed(seed, subset), epoch });
    subsetAt.fill(subset, place, end);
    [place, first] = [end, first + count];
    return stream;
  });
  shuffle(subsetAt, createRandom(mixSeed(seed, epoch)));
  const cursors = new Uint32Array(counts.length);
  for (let index = 0; index < order.length; index++) {
    const subset = subsetAt[index];
    order[index] = streams[subset][cursors[subset]++];
  }
  return order;
}

interface StreamOptions {
  /** Index of the first sample of the subset. */
  readonly first: number;
  readonly count: number;
  /** Number of samples to take. */
  readonly length: number;
  readonly seed: number;
  readonly epoch: number;
}

/**
 * Whole passes through a subset, then the part of a pass that is still needed; it goes on where that of the epoch
 * before ended.
 */
function createStream({ first, count, length, seed, epoch }: StreamOptions): Uint32Array {
  const stream = new Uint32Array(length);
  const rest = count === 0 ? 0 : length % count;
  for (let start = 0; start + count <= length - rest && count > 0; start += count) {
    const pass = stream.subarray(start, start + count);
    for (let index = 0; index < count; index++) pass[index] = first + index;
    shuffle(pass, createRandom(mixSeed(seed, epoch, start)));
  }
  if (rest > 0) {
    const cycle = shuffle(
      Uint32Array.from({ length: count }, (_, index) => first + index),
      createRandom(seed),
    );
    const last = stream.subarray(length - rest);
    const begin = (epoch * rest) % count;
    for (let index = 0; index < rest; index++) last[index] = cycle[(begin + index) % count];
    shuffle(last, createRandom(mixSeed(seed, epoch, length - rest)));
  }
  return stream;
}
