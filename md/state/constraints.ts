import { LammError } from '../../src/errors.js';
import type { Matrix3 } from '../../src/linalg/matrix3.js';
import type { Constraint } from '../../src/structure/constraint.js';
import type { Structure } from '../../src/structure/structure.js';

export type { Constraint };

/** An atom that keeps to a plane or line: its vectors times `matrix`, [3 x 3] and symmetric, are what it may do. */
export interface AtomProjection {
  readonly atom: number;
  readonly matrix: Matrix3;
}

/** Constraints, ready to be applied at every step. */
export interface Restraint {
  /** 1 for each Cartesian coordinate that may not move, [N x 3]. */
  readonly fixed: Uint8Array;
  readonly projections: readonly AtomProjection[];
  /** Those that `projections` come from. */
  readonly constraints: readonly Constraint[];
  /** Whether the centre of mass stays where it is. */
  readonly centerFixed: boolean;
}

const axes = [Float64Array.of(1, 0, 0), Float64Array.of(0, 1, 0), Float64Array.of(0, 0, 1)];

/**
 * Unites the fixed coordinates and constraints of a structure with further ones; several on one atom act together.
 *
 * @throws {LammError} `usage` for an atom that is not there, a direction without length, or a centre of mass that is
 *   held twice.
 */
export function createRestraint(
  { numbers, fixed: given, constraints: own = [] }: Structure,
  {
    constraints: further = [],
    centerFixed = false,
  }: { constraints?: readonly Constraint[]; centerFixed?: boolean } = {},
): Restraint {
  const constraints = [...own, ...further];
  const fixed = given?.slice() ?? new Uint8Array(3 * numbers.length);
  for (const constraint of constraints) {
    assertAtoms(constraint, numbers.length);
    if (constraint.kind !== 'atoms') continue;
    for (const atom of constraint.atoms) fixed.fill(1, 3 * atom, 3 * atom + 3);
  }
  const projections = projectionsOf(constraints, fixed);
  if (centerFixed && (fixed.includes(1) || projections.length > 0)) {
    const message = 'the centre of mass cannot be held where atoms are fixed: these hold the system already';
    throw new LammError('usage', message, { quantity: 'centerOfMass' });
  }
  return { fixed, projections, constraints: constraints.filter(({ kind }) => kind !== 'atoms'), centerFixed };
}

/** Whether the surroundings hold some atom, so that the system as a whole is not free to move. */
export function isHeld({ fixed, projections }: Restraint): boolean {
  return projections.length > 0 || fixed.includes(1);
}

/**
 * Number of independent ways to move: 3 N less the fixed coordinates, 1 for each plane, 2 for each line, 3 for the
 * centre of mass.
 */
export function countFreedom({ fixed, projections, centerFixed }: Restraint): number {
  const projected = new Map(
    projections.map(({ atom, matrix }) => [atom, Math.round(matrix[0] + matrix[4] + matrix[8])]),
  );
  let count = centerFixed ? -3 : 0;
  for (let atom = 0; atom < fixed.length / 3; atom++) {
    const free = 3 - fixed[3 * atom] - fixed[3 * atom + 1] - fixed[3 * atom + 2];
    count += projected.get(atom) ?? free;
  }
  return count;
}

/**
 * Takes from `vectors` (forces or momenta, [N x 3]) what the restraint forbids, in place; of the centre of mass, each
 * atom's share is that of its mass.
 */
export function applyRestraint(
  { fixed, projections, centerFixed }: Restraint,
  vectors: Float64Array,
  masses: Float64Array,
): void {
  for (let i = fixed.indexOf(1); i >= 0; i = fixed.indexOf(1, i + 1)) vectors[i] = 0;
  for (const { atom, matrix } of projections) {
    const [x, y, z] = [vectors[3 * atom], vectors[3 * atom + 1], vectors[3 * atom + 2]];
    for (let axis = 0; axis < 3; axis++) {
      vectors[3 * atom + axis] = matrix[axis] * x + matrix[3 + axis] * y + matrix[6 + axis] * z;
    }
  }
  if (centerFixed) removeTotal(vectors, masses);
}

/**
 * Takes the sum of `vectors` ([N x 3]) from the atoms in the proportion of their masses: of momenta, the motion of the
 * centre of mass.
 */
export function removeTotal(vectors: Float64Array, masses: Float64Array): void {
  let mass = 0;
  let x = 0;
  let y = 0;
  let z = 0;
  for (let atom = 0; atom < masses.length; atom++) {
    mass += masses[atom];
    x += vectors[3 * atom];
    y += vectors[3 * atom + 1];
    z += vectors[3 * atom + 2];
  }
  x /= mass;
  y /= mass;
  z /= mass;
  for (let atom = 0; atom < masses.length; atom++) {
    vectors[3 * atom] -= x * masses[atom];
    vectors[3 * atom + 1] -= y * masses[atom];
    vectors[3 * atom + 2] -= z * masses[atom];
  }
}

function projectionsOf(constraints: readonly Constraint[], fixed: Uint8Array): AtomProjection[] {
  const blocked = new Map<number, Float64Array[]>();
  for (const constraint of constraints) {
    if (constraint.kind === 'atoms') continue;
    const directions = constraint.kind === 'plane' ? [unit(constraint.normal)] : acrossLine(unit(constraint.direction));
    for (const atom of constraint.atoms) {
      if (!blocked.has(atom))
        blocked.set(
          atom,
          axes.filter((_, axis) => fixed[3 * atom + axis]),
        );
      blocked.get(atom)?.push(...directions);
    }
  }
  return Array.from(blocked, ([atom, directions]) => ({ atom, matrix: projectorAgainst(directions) }));
}

// 1 - sum of n n^T over an orthonormal basis of the blocked directions.
function projectorAgainst(directions: readonly Float64Array[]): Matrix3 {
  const matrix = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  for (const direction of directions) {
    const rest = [0, 1, 2].map((row) => axes.reduce((sum, _, k) => sum + matrix[3 * row + k] * direction[k], 0));
    const length = Math.hypot(...rest);
    if (length < 1e-6) continue; // blocked already
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) matrix[3 * row + column] -= (rest[row] * rest[column]) / length ** 2;
    }
  }
  return matrix;
}

function acrossLine(direction: Float64Array): Float64Array[] {
  return axes.map((axis, k) => axis.map((value, i) => value - direction[k] * direction[i]));
}

function unit(vector: readonly number[]): Float64Array {
  const length = Math.hypot(...vector);
  if (vector.length === 3 && length > 0 && Number.isFinite(length)) return Float64Array.from(vector, (x) => x / length);
  throw new LammError('usage', `expected a direction of three numbers such as 0,0,1, found ${vector.join()}`, {
    quantity: 'constraint',
  });
}

function assertAtoms({ atoms }: Constraint, atomCount: number): void {
  const stranger = atoms.find((atom) => !Number.isInteger(atom) || atom < 0 || atom >= atomCount);
  if (stranger === undefined) return;
  throw new LammError('usage', `a constraint names atom ${stranger + 1}; the structure has ${atomCount}`, {
    quantity: 'constraint',
    expected: `1 to ${atomCount}`,
    actual: String(stranger + 1),
  });
}
