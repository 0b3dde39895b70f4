/** Sorts samples by their costs. */
export interface CostSorter {
  /** Sorts a list of samples in place, the most costly first; equal ones keep their order. */
  descending(samples: Uint32Array): void;
}

/**
 * Creates a sorter for lists of up to `longest` samples; `costs` are whole numbers, [N].
 *
 * Cost and place of a sample become one number, so that the engine's own sort of numbers can be used: n log n, no comparator.
 */
export function createCostSorter(costs: Uint32Array, longest: number): CostSorter {
  const keys = new Float64Array(longest);
  const copy = new Uint32Array(longest);
  const highest = costs.reduce((most, cost) => Math.max(most, cost), 0);

  function descending(samples: Uint32Array): void {
    const { length } = samples;
    for (let place = 0; place < length; place++) keys[place] = (highest - costs[samples[place]]) * length + place;
    copy.set(samples);
    const sorted = keys.subarray(0, length).sort();
    for (let place = 0; place < length; place++) samples[place] = copy[sorted[place] % length];
  }

  return { descending };
}
