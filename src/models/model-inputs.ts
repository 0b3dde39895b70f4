import type { NeighborList } from '../neighbors/neighbor-list.js';

/** The atoms and edges of one structure or of many, as the models take them.  Edges are sorted by receiver. */
export interface ModelInputs {
  readonly atomCount: number;
  readonly edgeCount: number;
  readonly structureCount: number;
  /** Atomic numbers, [N]. */
  readonly numbers: Int32Array;
  /** The atom that an edge comes from, [E]. */
  readonly senders: Int32Array;
  /** The atom that an edge goes to, [E]. */
  readonly receivers: Int32Array;
  /** From receiver to sender in A, [E x 3]. */
  readonly edgeVectors: Float32Array | Float64Array;
  /** Index of the structure that an atom belongs to, [N], never falling. */
  readonly structureOf: Int32Array;
}

/** Inputs for one structure.  Atomic numbers are copied to 32 bits, edges are taken as they are. */
export function modelInputs(numbers: Uint8Array, list: NeighborList): ModelInputs {
  return {
    atomCount: numbers.length,
    edgeCount: list.edgeCount,
    structureCount: 1,
    numbers: Int32Array.from(numbers),
    senders: list.senders,
    receivers: list.receivers,
    edgeVectors: list.edgeVectors,
    structureOf: new Int32Array(numbers.length),
  };
}
