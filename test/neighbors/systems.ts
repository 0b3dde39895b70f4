import type { AtomicSystem, Pbc } from '../../src/structure/structure.js';

/** A system of atoms of one kind. */
export function systemOf(positions: ArrayLike<number>, cell: ArrayLike<number>, pbc: Pbc): AtomicSystem {
  return {
    numbers: new Uint8Array(positions.length / 3).fill(18),
    positions: Float64Array.from(positions),
    cell: Float64Array.from(cell),
    pbc,
  };
}
