import { LammError } from '../../src/errors.js';

/** Sorts samples by their costs. */
export interface CostSorter {
  /** Sorts a list of samples in place, the most costly first; equal ones keep their order. */
  descending(samples: Uint32Array): void;
}

/**
 * Creates a sorter for lists of up to `longest` samples; `costs` are those of all samples, [N].
 *
 * Cost and place of a sample become one number, so that the engine's own sort of numbers can be used: n log n, no
 * comparator.
 *
 * @throws {LammError} `usage` when such a number would not be exact.
 */
export function createCostSorter(costs: Uint32Array, longest: number): CostSorter {
  const keys = new Float64Array(longest);
  const copy = new Uint32Array(longest);
  const highest = costs.reduce((most, cost) => Math.max(most, cost), 0);
  if ((highest + 1) * longest > Number.MAX_SAFE_INTEGER) {
    throw new LammError('usage', `costs up to ${highest} are too fine to sort ${longest} samples; use more subsets`);
  }

  function descending(samples: Uint32Array): void {
    const { length } = samples;
    for (let place = 0; place < length; place++) keys[place] = (highest - costs[samples[place]]) * length + place;
    copy.set(samples);
    const sorted = keys.subarray(0, length).sort();
    for (let place = 0; place < length; place++) samples[place] = copy[sorted[place] % length];
  }

  return { descending };
}
