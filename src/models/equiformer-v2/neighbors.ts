import type { NeighborList } from '../../neighbors/neighbor-list.js';
import { edgesByReceiver, nearestFirst, selectEdges } from '../edge-selection.js';

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
  const chosen = new Uint8Array(list.edgeCount);
  for (const edges of edgesByReceiver(list)) {
    for (const edge of nearest(edges, list, { maxNeighbors, strict })) chosen[edge] = 1;
  }
  return selectEdges(list, chosen);
}

function nearest(
  edges: readonly number[],
  list: NeighborList,
  { maxNeighbors, strict }: { readonly maxNeighbors: number; readonly strict: boolean },
): readonly number[] {
  if (edges.length <= maxNeighbors) return edges;
  const sorted = nearestFirst(edges, list);
  if (strict) return sorted.slice(0, maxNeighbors);
  const limit = list.distances[sorted[maxNeighbors]] ** 2 + tolerance;
  return sorted.filter((edge) => list.distances[edge] ** 2 <= limit);
}
