import { cross3, rowTimesMatrix3 } from '../linalg/matrix3.js';
import { projectionsOf } from './atom-projection.js';
import type { Constraint } from './constraint.js';
import type { Structure } from './structure.js';

type Held = Pick<Structure, 'fixed' | 'constraints'>;

/** Relative length below which one vector has nothing of another. */
const nothing = 1e-6;

/**
 * What flags of selective dynamics hold, [N x 3], 1 for each lattice vector of `cell` that an atom may not move along:
 * Cartesian coordinates where these are held, planes and lines elsewhere.
 */
export function heldByFlags(flags: Uint8Array, cell: ArrayLike<number>): Held {
  const fixed = new Uint8Array(flags.length);
  const constraints: Constraint[] = [];
  for (const [mask, atoms] of atomsByMask(flags)) {
    const held = [mask & 1, mask & 2, mask & 4];
    const constraint = alongVectors(atoms, held, cell);
    const axes = constraint === undefined ? held : axesOf(constraint);
    if (axes === undefined) constraints.push(...(constraint ? [constraint] : []));
    else for (const atom of atoms) for (let axis = 0; axis < 3; axis++) fixed[3 * atom + axis] = axes[axis] ? 1 : 0;
  }
  return { fixed, ...(constraints.length > 0 && { constraints }) };
}

/** Atoms with the same flags, by a number of three bits. */
function atomsByMask(flags: Uint8Array): Map<number, number[]> {
  const atoms = new Map<number, number[]>();
  for (let atom = 0; atom < flags.length / 3; atom++) {
    const mask = flags[3 * atom] + 2 * flags[3 * atom + 1] + 4 * flags[3 * atom + 2];
    const same = atoms.get(mask) ?? [];
    atoms.set(mask, same);
    same.push(atom);
  }
  return atoms;
}

/** Whether each Cartesian coordinate is held, where a plane or line comes to that. */
function axesOf(constraint: Constraint): boolean[] | undefined {
  if (constraint.kind === 'atoms') return undefined;
  const { kind } = constraint;
  const vector = kind === 'plane' ? constraint.normal : constraint.direction;
  const isAlong = vector.map((value) => Math.abs(value) > nothing * Math.hypot(...vector));
  if (isAlong.filter(Boolean).length !== 1) return undefined;
  return isAlong.map((along) => along === (kind === 'plane'));
}

/**
 * A direction of the lattice that is held leaves a plane, two leave a line; undefined where all or none are.  `mask`
 * is not zero for those that are.
 */
export function alongVectors(
  atoms: readonly number[],
  mask: ArrayLike<number>,
  cell: ArrayLike<number>,
): Constraint | undefined {
  const held = [0, 1, 2].filter((axis) => mask[axis] !== 0);
  const free = [0, 1, 2].filter((axis) => mask[axis] === 0);
  const vector = (axis: number) => vectorOf(cell, axis);
  if (held.length === 1) return { kind: 'plane', atoms, normal: [...cross3(vector(free[0]), vector(free[1]))] };
  return held.length === 2 ? { kind: 'line', atoms, direction: vector(free[0]) } : undefined;
}

/** Flags of selective dynamics, as `heldByFlags` takes them, and whether they say all that holds the atoms. */
export interface LatticeFlags {
  readonly flags: Uint8Array;
  /** False where an atom is held that no flags can hold so; it is free then. */
  readonly isExact: boolean;
}

/** What holds the atoms of a structure as flags along the lattice vectors of `cell`; undefined where nothing does. */
export function latticeFlagsOf(
  { fixed, constraints = [] }: Held,
  { cell, atomCount }: { readonly cell: ArrayLike<number>; readonly atomCount: number },
): LatticeFlags | undefined {
  if (fixed === undefined && constraints.length === 0) return undefined;
  const flags = fixed?.slice() ?? new Uint8Array(3 * atomCount);
  const projections = new Map(projectionsOf(constraints, flags).map(({ atom, matrix }) => [atom, matrix]));
  let isExact = true;
  for (let atom = 0; atom < atomCount; atom++) {
    const [x, y, z] = flags.subarray(3 * atom, 3 * atom + 3);
    const matrix = projections.get(atom) ?? Float64Array.of(1 - x, 0, 0, 0, 1 - y, 0, 0, 0, 1 - z);
    const movable = [0, 1, 2].filter((axis) => isKept(vectorOf(cell, axis), matrix));
    const freedom = Math.round(matrix[0] + matrix[4] + matrix[8]);
    isExact &&= movable.length === freedom;
    const free = movable.length === freedom ? movable : [0, 1, 2];
    for (let axis = 0; axis < 3; axis++) flags[3 * atom + axis] = free.includes(axis) ? 0 : 1;
  }
  return { flags, isExact };
}

function vectorOf(cell: ArrayLike<number>, axis: number): number[] {
  return [cell[3 * axis], cell[3 * axis + 1], cell[3 * axis + 2]];
}

/** Whether a projection leaves a vector as it is. */
function isKept(vector: readonly number[], matrix: ArrayLike<number>): boolean {
  const rest = rowTimesMatrix3(vector, matrix).map((value, axis) => value - vector[axis]);
  return Math.hypot(...rest) < nothing * Math.hypot(...vector);
}
