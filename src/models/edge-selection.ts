import type { NeighborList } from '../neighbors/neighbor-list.js';

/** The edges of each receiver in turn; those of a list stand by receiver. */
export function* edgesByReceiver({ receivers, edgeCount }: NeighborList): Generator<number[]> {
  for (let start = 0; start < edgeCount; ) {
    let end = start;
    while (end < edgeCount && receivers[end] === receivers[start]) end++;
    yield Array.from({ length: end - start }, (_, index) => start + index);
    start = end;
  }
}

/** Edges from the shortest to the longest; equal ones in the order of the list. */
export function nearestFirst(edges: readonly number[], { distances }: NeighborList): number[] {
  return edges.toSorted((a, b) => distances[a] - distances[b] || a - b);
}

/** The edges whose entry of `chosen` is 1, in the order of the list. */
export function selectEdges(list: NeighborList, chosen: Uint8Array): NeighborList {
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
