import { inverse3, multiply3 } from '../linalg/matrix3.js';
import { multiplyRows } from '../structure/cell.js';
import type { AtomicSystem, SystemReference } from '../structure/structure.js';
import { periodicCell } from './periodic-cell.js';

/** The atoms as they were when a list was made of all pairs within cutoff + skin. */
export interface VerletReference {
  readonly positions: Float64Array;
  readonly cell: Float64Array;
  readonly pbc: readonly boolean[];
  /** Inverse of the lattice vectors, missing ones filled in, [3 x 3]. */
  readonly inverseCell: Float64Array;
}

export function createVerletReference({
  positions,
  cell,
  pbc,
}: Pick<AtomicSystem, 'positions' | 'cell' | 'pbc'>): VerletReference {
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
  { cutoff, skin }: FollowedRange,
): boolean {
  if (reference.positions.length !== system.positions.length) return false;
  if (reference.pbc.some((periodic, axis) => periodic !== system.pbc[axis])) return false;
  if (sameCell(reference, system)) {
    return !movedFarther(reference.positions, system.positions, skin / 2);
  }
  const deformation = multiply3(reference.inverseCell, periodicCell(system));
  const strain = Math.hypot(...deformation.map((component, index) => component - (index % 4 === 0 ? 1 : 0)));
  const slack = (cutoff + skin) * (1 - strain) - cutoff;
  return slack > 0 && !movedFarther(reference.positions, system.positions, slack / 2, deformation);
}

/** Matrix F, [3 x 3], by which the cell of `reference` became that of `system`: 1, to the bit, where it did not change. */
export function deformationFrom(reference: VerletReference, system: Pick<AtomicSystem, 'cell' | 'pbc'>): Float64Array {
  if (sameCell(reference, system)) return Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  return multiply3(reference.inverseCell, periodicCell(system));
}

/** Distances in A: pairs up to `cutoff` matter, those up to `cutoff + skin` are listed. */
export interface FollowedRange {
  readonly cutoff: number;
  readonly skin: number;
}

/** The reference of a system that moves on: the one that it has as long as that holds, see `referenceHolds`. */
export function keptReference(system: AtomicSystem, range: FollowedRange): SystemReference {
  const { positions, cell, pbc, reference } = system;
  if (reference && referenceHolds(createVerletReference({ ...reference, pbc }), system, range)) return reference;
  return { positions: positions.slice(), cell: cell.slice() };
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

function sameCell(reference: Pick<VerletReference, 'cell'>, { cell }: Pick<AtomicSystem, 'cell'>): boolean {
  return reference.cell.every((component, index) => component === cell[index]);
}
