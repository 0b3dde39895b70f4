import type { NeighborList } from '../../neighbors/neighbor-list.js';
import { markEdges, markNearest, selectEdges } from '../edge-selection.js';

/** Squared distances closer than this count as equal, in A^2. */
const tolerance = 0.01;

/**
 * Limits the edges of each receiver to the nearest, in the order of `list`; edges are directed, the way back may be
 * missing.
 *
 * With `strict`, `maxNeighbors` are kept.  Otherwise one more is kept and with it all that are as far away as that one,
 * so that equal neighbours stay or go together.
 */
export function limitNeighbors(
  list: NeighborList,
  { maxNeighbors, strict }: { readonly maxNeighbors: number; readonly strict: boolean },
): NeighborList {
  return selectEdges(list, strict ? markNearest(list, maxNeighbors) : markWithEqual(list, maxNeighbors));
}

function markWithEqual(list: NeighborList, maxNeighbors: number): Uint8Array {
  const { distances } = list;
  return markEdges(list, maxNeighbors, ({ start, end, sorted }, chosen) => {
    const limit = sorted[maxNeighbors] ** 2 + tolerance;
    for (let edge = start; edge < end; edge++) chosen[edge] = Number(distances[edge] ** 2 <= limit);
  });
}
