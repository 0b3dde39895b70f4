import { createRandom } from '../../src/random.js';
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

export const skewedCell = [9, 0, 0, 2, 8, 0, -1, 3, 10] as const;

/** Atoms anywhere in and around a skewed cell. */
export function randomSystem(seed: number, atomCount = 60): AtomicSystem {
  const random = createRandom(seed);
  return systemOf(
    Array.from({ length: 3 * atomCount }, () => 14 * random.uniform() - 2),
    skewedCell,
    [true, true, true],
  );
}
