/** Bins filled with samples. */
export interface Packing {
  readonly binCount: number;
  /** Bin of each sample of the list, [n]. */
  readonly binOf: Uint32Array;
}

/**
 * Packs samples into as few bins as first-fit finds, the costs in a bin not exceeding `limit`; a sample that alone exceeds it
 * has a bin of its own.  For samples that come most costly first the number of bins is at most 11/9 of the best.
 *
 * @see Johnson et al., SIAM J. Comput. 3, 299 (1974); the tree of free room makes it n log n.
 */
export function packFirstFit(samples: Uint32Array, costs: Uint32Array, limit: number): Packing {
  const leafCount = 2 ** Math.ceil(Math.log2(Math.max(1, samples.length)));
  const room = new Float64Array(2 * leafCount).fill(limit); // of a leaf, or the most of the leaves below a node
  const binOf = new Uint32Array(samples.length);
  let binCount = 0;
  for (let place = 0; place < samples.length; place++) {
    const cost = Math.min(costs[samples[place]], limit);
    let node = 1;
    while (node < leafCount) node = room[2 * node] >= cost ? 2 * node : 2 * node + 1;
    binOf[place] = node - leafCount;
    binCount = Math.max(binCount, binOf[place] + 1);
    room[node] -= cost;
    for (node >>= 1; node >= 1; node >>= 1) room[node] = Math.max(room[2 * node], room[2 * node + 1]);
  }
  return { binCount, binOf };
}
