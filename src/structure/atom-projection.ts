import { LammError } from '../errors.js';
import type { Matrix3 } from '../linalg/matrix3.js';
import type { Constraint } from './constraint.js';

/** An atom that keeps to a plane or line: its vectors times `matrix`, [3 x 3] and symmetric, are what it may do. */
export interface AtomProjection {
  readonly atom: number;
  readonly matrix: Matrix3;
}

const axes = [Float64Array.of(1, 0, 0), Float64Array.of(0, 1, 0), Float64Array.of(0, 0, 1)];

/**
 * What atoms that planes and lines hold may do, together with their `fixed` Cartesian coordinates, [N x 3].
 *
 * @throws {LammError} `usage` for a direction without length.
 */
export function projectionsOf(constraints: readonly Constraint[], fixed: ArrayLike<number>): AtomProjection[] {
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
