import type { NeighborList } from '../neighbors/neighbor-list.js';

/** The edges of one receiver, which stand together in a list. */
export interface ReceiverEdges {
  readonly start: number;
  readonly end: number;
  /** Their distances in A, ascending, [end - start]. */
  readonly sorted: Float64Array;
}

/**
 * Marks with 1 the edges that `mark` chooses among those of each receiver with more than `count`, and all others, [E].
 */
export function markEdges(
  { receivers, distances, edgeCount }: NeighborList,
  count: number,
  mark: (edges: ReceiverEdges, chosen: Uint8Array) => void,
): Uint8Array {
  const chosen = new Uint8Array(edgeCount);
  for (let start = 0, end = 0; start < edgeCount; start = end) {
    while (end < edgeCount && receivers[end] === receivers[start]) end++;
    if (end - start <= count) chosen.fill(1, start, end);
    else mark({ start, end, sorted: distances.slice(start, end).sort() }, chosen);
  }
  return chosen;
}

/** Marks with 1 the `count` shortest edges of each receiver, of equal ones the first, [E]. */
export function markNearest(list: NeighborList, count: number): Uint8Array {
  const { distances } = list;
  return markEdges(list, count, ({ start, end, sorted }, chosen) => {
    const longest = sorted[count - 1];
    let left = count - sorted.indexOf(longest); // of those as long as the longest that is kept
    for (let edge = start; edge < end; edge++) {
      if (distances[edge] < longest) chosen[edge] = 1;
      else if (distances[edge] === longest && left-- > 0) chosen[edge] = 1;
    }
  });
}

/** The edges whose entry of `chosen` is 1, in the order of the list. */
export function selectEdges(list: NeighborList, chosen: Uint8Array): NeighborList {
  const edgeCount = chosen.reduce((sum, mark) => sum + mark, 0);
  const selected = {
    edgeCount,
    senders: new Int32Array(edgeCount),
    receivers: new Int32Array(edgeCount),
    shifts: new Int32Array(3 * edgeCount),
    edgeVectors: new Float64Array(3 * edgeCount),
    distances: new Float64Array(edgeCount),
  };
  let place = 0;
  for (let edge = 0; edge < list.edgeCount; edge++) {
    if (chosen[edge] !== 1) continue;
    selected.senders[place] = list.senders[edge];
    selected.receivers[place] = list.receivers[edge];
    selected.distances[place] = list.distances[edge];
    for (let axis = 0; axis < 3; axis++) {
      selected.shifts[3 * place + axis] = list.shifts[3 * edge + axis];
      selected.edgeVectors[3 * place + axis] = list.edgeVectors[3 * edge + axis];
    }
    place++;
  }
  return selected;
}
