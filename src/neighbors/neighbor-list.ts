import { multiplyRows } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';
import { createDirectedPairs, type DirectedPairs } from './directed-pairs.js';
import { findPairs } from './pair-search.js';

/**
 * All directed edges between atoms closer than a cutoff, periodic images included, sorted by (receiver, sender, Sx, Sy,
 * Sz).
 *
 * With every edge the opposite one is present.  An atom is its own neighbour only through an image (S not zero).
 */
export interface NeighborList {
  readonly edgeCount: number;
  /** Neighbour of the receiver, [E]. */
  readonly senders: Int32Array;
  /** Atom that the edge belongs to, [E]; ascending. */
  readonly receivers: Int32Array;
  /** Lattice vectors S to add to the sender's position as given, [E x 3]. */
  readonly shifts: Int32Array;
  /** Vectors from receiver to sender, r_sender - r_receiver + S . cell, in A, [E x 3]. */
  readonly edgeVectors: Float64Array;
  /** Lengths of the edge vectors in A, [E]; all less than the cutoff. */
  readonly distances: Float64Array;
}

/**
 * Finds all neighbours with distance < `cutoff` (A) in a time proportional to the number of atoms.
 *
 * Any cell (skewed, left-handed, smaller than the cutoff), any mix of periodic directions; atoms may lie outside the
 * cell.
 *
 * @throws {LammError} `usage` for a cutoff that is not positive; `non-finite` or `structure` for impossible positions
 *   or cells.
 */
export function neighborList(system: AtomicSystem, cutoff: number): NeighborList {
  const directed = createDirectedPairs(findPairs(system, cutoff));
  const buffers = createEdgeBuffers(directed.senders.length);
  const offsets = multiplyRows(directed.shifts, system.cell);
  return firstEdges(buffers, filterEdges(directed, system.positions, { cutoff, offsets, buffers }));
}

/** Room for the edges of a list. */
export type EdgeBuffers = Omit<NeighborList, 'edgeCount'>;

export function createEdgeBuffers(capacity: number): EdgeBuffers {
  return {
    senders: new Int32Array(capacity),
    receivers: new Int32Array(capacity),
    shifts: new Int32Array(3 * capacity),
    edgeVectors: new Float64Array(3 * capacity),
    distances: new Float64Array(capacity),
  };
}

/**
 * Writes the candidate edges that are shorter than `cutoff` (A) into `buffers` and returns their number; `offsets` are
 * S . cell, [K x 3].
 */
export function filterEdges(
  { rowStart, senders: candidates, shiftIndices, shifts: shiftRows }: DirectedPairs,
  positions: Float64Array,
  { cutoff, offsets, buffers }: { cutoff: number; offsets: Float64Array; buffers: EdgeBuffers },
): number {
  const { senders, receivers, shifts, edgeVectors, distances } = buffers;
  let edge = 0;
  for (let receiver = 0; receiver < rowStart.length - 1; receiver++) {
    const rx = positions[3 * receiver];
    const ry = positions[3 * receiver + 1];
    const rz = positions[3 * receiver + 2];
    const end = rowStart[receiver + 1];
    for (let candidate = rowStart[receiver]; candidate < end; candidate++) {
      const sender = candidates[candidate];
      const shift = 3 * shiftIndices[candidate];
      const x = positions[3 * sender] - rx + offsets[shift];
      const y = positions[3 * sender + 1] - ry + offsets[shift + 1];
      const z = positions[3 * sender + 2] - rz + offsets[shift + 2];
      const distance = Math.sqrt(x * x + y * y + z * z);
      if (!(distance < cutoff)) continue;
      senders[edge] = sender;
      receivers[edge] = receiver;
      shifts[3 * edge] = shiftRows[shift];
      shifts[3 * edge + 1] = shiftRows[shift + 1];
      shifts[3 * edge + 2] = shiftRows[shift + 2];
      edgeVectors[3 * edge] = x;
      edgeVectors[3 * edge + 1] = y;
      edgeVectors[3 * edge + 2] = z;
      distances[edge++] = distance;
    }
  }
  return edge;
}

/** The list made of the first `edgeCount` entries of the buffers, without copying. */
export function firstEdges(
  { senders, receivers, shifts, edgeVectors, distances }: EdgeBuffers,
  edgeCount: number,
): NeighborList {
  return {
    edgeCount,
    senders: senders.subarray(0, edgeCount),
    receivers: receivers.subarray(0, edgeCount),
    shifts: shifts.subarray(0, 3 * edgeCount),
    edgeVectors: edgeVectors.subarray(0, 3 * edgeCount),
    distances: distances.subarray(0, edgeCount),
  };
}
