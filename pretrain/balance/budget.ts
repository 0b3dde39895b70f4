import type { BatchPlan } from './batch-plan.js';
import { group } from './group.js';
import { createCostSorter } from './sort-by-cost.js';

export interface BudgetOptions {
  readonly ranks: number;
  /** Number of parts that are packed one by one. */
  readonly subsets: number;
  /** The most that one batch may cost. */
  readonly limit: number;
}

/** Packs each subset into batches that keep to the limit, the largest samples first; a step takes one batch a rank. */
export function packBudget(
  order: Uint32Array,
  costs: Uint32Array,
  { ranks, subsets, limit }: BudgetOptions,
): BatchPlan {
  const samples = new Uint32Array(order.length);
  const sorter = createCostSorter(costs, Math.ceil(order.length / Math.max(1, subsets)));
  const ends: number[] = [];
  for (let subset = 0; subset < subsets; subset++) {
    const start = Math.floor((subset * order.length) / subsets);
    const own = order.slice(start, Math.floor(((subset + 1) * order.length) / subsets));
    sorter.descending(own);
    const { binOf, binCount } = packFirstFit(own, costs, limit);
    const binEnds = new Uint32Array(binCount);
    group(own, binOf, { items: samples.subarray(start, start + own.length), ends: binEnds, start });
    for (const end of binEnds) ends.push(end);
  }
  const stepCount = Math.ceil(ends.length / ranks);
  const offsets = new Uint32Array(stepCount * ranks + 1).fill(order.length);
  offsets[0] = 0;
  offsets.set(ends, 1);
  return { ranks, stepCount, samples, offsets };
}

/** Bins filled with samples. */
interface Packing {
  readonly binCount: number;
  /** Bin of each sample of the list, [n]. */
  readonly binOf: Uint32Array;
}

/**
 * Puts each sample into the first bin with room; one that alone exceeds the limit has a bin of its own.
 * For samples that come most costly first there are at most 11/9 as many bins as needed (and 6/9 of one).
 *
 * @see Johnson et al., SIAM J. Comput. 3, 299 (1974); the tree of free room makes it n log n.
 */
function packFirstFit(samples: Uint32Array, costs: Uint32Array, limit: number): Packing {
  const leafCount = 2 ** Math.ceil(Math.log2(Math.max(1, samples.length)));
  const room = new Float64Array(2 * leafCount).fill(limit); // of a bin, or the most of the bins below a node
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
