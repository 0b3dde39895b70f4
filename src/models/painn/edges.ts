import type { NeighborList } from '../../neighbors/neighbor-list.js';

/**
 * Limits a list to the nearest neighbours as the original PaiNN does, and makes it symmetric again.
 *
 * Of each receiver the `maxNeighbors` nearest edges are kept; of these only edges whose sender has the lower index (or, for an atom's
 * own image, whose shift is negative) count, and each counts in both directions.  The result has the order of `list`.
 */
export function limitNeighbors(list: NeighborList, maxNeighbors: number): NeighborList {
  const kept = nearestOfEachReceiver(list, maxNeighbors);
  const chosen = new Uint8Array(list.edgeCount);
  for (const edge of kept) {
    if (!isForward(list, edge)) continue;
    chosen[edge] = 1;
    chosen[reverseEdge(list, edge)] = 1;
  }
  return selectEdges(list, chosen);
}

function* nearestOfEachReceiver(
  { receivers, distances, edgeCount }: NeighborList,
  maxNeighbors: number,
): Generator<number> {
  for (let start = 0; start < edgeCount; ) {
    let end = start;
    while (end < edgeCount && receivers[end] === receivers[start]) end++;
    const edges = Array.from({ length: end - start }, (_, index) => start + index);
    if (edges.length > maxNeighbors) edges.sort((a, b) => distances[a] - distances[b] || a - b);
    yield* edges.slice(0, maxNeighbors);
    start = end;
  }
}

function isForward({ senders, receivers, shifts }: NeighborList, edge: number): boolean {
  if (senders[edge] !== receivers[edge]) return senders[edge] < receivers[edge];
  const first = [0, 1, 2].map((axis) => shifts[3 * edge + axis]).find((shift) => shift !== 0) ?? 0;
  return first < 0;
}

/** The edge back: receiver and sender exchanged, shift negated.  Edges are sorted, so it is found by bisection. */
function reverseEdge(list: NeighborList, edge: number): number {
  const { senders, receivers, shifts } = list;
  const wanted = [senders[edge], receivers[edge], -shifts[3 * edge], -shifts[3 * edge + 1], -shifts[3 * edge + 2]];
  let low = 0;
  let high = list.edgeCount - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const key = [receivers[middle], senders[middle], ...shifts.subarray(3 * middle, 3 * middle + 3)];
    const differing = key.findIndex((value, index) => value !== wanted[index]);
    if (differing >= 0 && key[differing] < wanted[differing]) low = middle + 1;
    else high = middle;
  }
  return low;
}

function selectEdges(list: NeighborList, chosen: Uint8Array): NeighborList {
  const edges = Array.from(chosen.keys()).filter((edge) => chosen[edge] === 1);
  const pick = (values: Int32Array) => Int32Array.from(edges, (edge) => values[edge]);
  const triples = edges.flatMap((edge) => [3 * edge, 3 * edge + 1, 3 * edge + 2]);
  return {
    edgeCount: edges.length,
    senders: pick(list.senders),
    receivers: pick(list.receivers),
    shifts: Int32Array.from(triples, (index) => list.shifts[index]),
    edgeVectors: Float64Array.from(triples, (index) => list.edgeVectors[index]),
    distances: Float64Array.from(edges, (edge) => list.distances[edge]),
  };
}
