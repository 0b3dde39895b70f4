import { inverse3, multiply3 } from '../linalg/matrix3.js';
import { multiplyRows } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';
import { periodicCell } from './periodic-cell.js';

/** The atoms as they were when a list was made of all pairs within cutoff + skin. */
export interface VerletReference {
  readonly positions: Float64Array;
  readonly cell: Float64Array;
  readonly pbc: readonly boolean[];
  /** Inverse of the lattice vectors, missing ones filled in, [3 x 3]. */
  readonly inverseCell: Float64Array;
}

export function createVerletReference({ positions, cell, pbc }: AtomicSystem): VerletReference {
  return {
    positions: positions.slice(),
    cell: cell.slice(),
    pbc: [...pbc],
    inverseCell: inverse3(periodicCell({ cell, pbc })),
  };
}

/**
 * Whether a list of the pairs within cutoff + skin of the reference is certain to hold every pair of `system` within
 * the cutoff (both in A).
 *
 * With the cell deformed by a matrix F (1 when it did not change), r = r0 F + u, so that a vector d0 between two atoms
 * becomes d0 F + u_j - u_i, no shorter than |d0| (1 - |F - 1|) - 2 max |u|.  An undeformed cell thus allows moves of
 * half the skin.
 */
export function referenceHolds(
  reference: VerletReference,
  system: AtomicSystem,
  { cutoff, skin }: { cutoff: number; skin: number },
): boolean {
  if (reference.positions.length !== system.positions.length) return false;
  if (reference.pbc.some((periodic, axis) => periodic !== system.pbc[axis])) return false;
  if (reference.cell.every((component, index) => component === system.cell[index])) {
    return !movedFarther(reference.positions, system.positions, skin / 2);
  }
  const deformation = multiply3(reference.inverseCell, periodicCell(system));
  const strain = Math.hypot(...deformation.map((component, index) => component - (index % 4 === 0 ? 1 : 0)));
  const slack = (cutoff + skin) * (1 - strain) - cutoff;
  return slack > 0 && !movedFarther(reference.positions, system.positions, slack / 2, deformation);
}

/**
 * Whether any atom is farther than `limit` from where it was, carried along with the deformation; true for positions
 * that are no numbers.
 */
function movedFarther(before: Float64Array, now: Float64Array, limit: number, deformation?: Float64Array): boolean {
  const most = limit * limit;
  const carried = deformation === undefined ? before : multiplyRows(before, deformation);
  for (let start = 0; start < now.length; start += 3) {
    const x = now[start] - carried[start];
    const y = now[start + 1] - carried[start + 1];
    const z = now[start + 2] - carried[start + 2];
    if (!(x * x + y * y + z * z <= most)) return true;
  }
  return false;
}
