import { LammError } from '../../src/errors.js';
import { type AtomProjection, projectionsOf } from '../../src/structure/atom-projection.js';
import type { Constraint } from '../../src/structure/constraint.js';
import type { Structure } from '../../src/structure/structure.js';

export type { Constraint };

/** Constraints, ready to be applied at every step. */
export interface Restraint {
  /** 1 for each Cartesian coordinate that may not move, [N x 3]. */
  readonly fixed: Uint8Array;
  readonly projections: readonly AtomProjection[];
  /** Planes and lines of the structure, which `projections` are made of. */
  readonly constraints: readonly Constraint[];
  /** Whether the centre of mass stays where it is. */
  readonly centerFixed: boolean;
}

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

/**
 * The structure with what holds its atoms, its own and further constraints, for files that are written of it.
 *
 * @throws {LammError} as `createRestraint` does.
 */
export function constrained(structure: Structure, further: readonly Constraint[] = []): Structure {
  if (further.length === 0) return structure;
  const { fixed, constraints } = createRestraint(structure, { constraints: further });
  return { ...structure, ...(fixed.includes(1) && { fixed }), ...(constraints.length > 0 && { constraints }) };
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

function assertAtoms({ atoms }: Constraint, atomCount: number): void {
  const stranger = atoms.find((atom) => !Number.isInteger(atom) || atom < 0 || atom >= atomCount);
  if (stranger === undefined) return;
  throw new LammError('usage', `a constraint names atom ${stranger + 1}; the structure has ${atomCount}`, {
    quantity: 'constraint',
    expected: `1 to ${atomCount}`,
    actual: String(stranger + 1),
  });
}
