import type { NeighborList } from '../../neighbors/neighbor-list.js';
import { markNearest, selectEdges } from '../edge-selection.js';

/**
 * Limits a list to the nearest neighbours as the original PaiNN does, and makes it symmetric again.
 *
 * Of each receiver the `maxNeighbors` nearest edges are kept; of these only edges whose sender has the lower index (or,
 * for an atom's own image, whose shift is negative) count, and each counts in both directions.  The result has the
 * order of `list`.
 */
export function limitNeighbors(list: NeighborList, maxNeighbors: number): NeighborList {
  const near = markNearest(list, maxNeighbors);
  const chosen = new Uint8Array(list.edgeCount);
  for (let edge = 0; edge < list.edgeCount; edge++) {
    if (near[edge] !== 1 || !isForward(list, edge)) continue;
    chosen[edge] = 1;
    chosen[reverseEdge(list, edge)] = 1;
  }
  return selectEdges(list, chosen);
}

function isForward({ senders, receivers, shifts }: NeighborList, edge: number): boolean {
  if (senders[edge] !== receivers[edge]) return senders[edge] < receivers[edge];
  const first = [0, 1, 2].map((axis) => shifts[3 * edge + axis]).find((shift) => shift !== 0) ?? 0;
  return first < 0;
}

/** The edge back: receiver and sender exchanged, shift negated.  Edges are sorted, so it is found by bisection. */
function reverseEdge(list: NeighborList, edge: number): number {
  let low = 0;
  let high = list.edgeCount - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareWithReverse(list, middle, edge) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Below 0 where an edge comes before the reverse of another in the list, above 0 where it comes after it. */
function compareWithReverse({ senders, receivers, shifts }: NeighborList, edge: number, other: number): number {
  const byAtoms = receivers[edge] - senders[other] || senders[edge] - receivers[other];
  if (byAtoms !== 0) return byAtoms;
  for (let axis = 0; axis < 3; axis++) {
    const difference = shifts[3 * edge + axis] + shifts[3 * other + axis];
    if (difference !== 0) return difference;
  }
  return 0;
}
