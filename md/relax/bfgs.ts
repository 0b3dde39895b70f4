import { symmetricEigen } from '../../src/linalg/symmetric-eigen.js';
import { dotProduct, startCurvature, takeLimitedStep } from './step-limit.js';

/** State of the BFGS optimiser: the approximate Hessian, [n x n] in eV/A^2, and the last point. */
export interface BfgsState {
  readonly hessian: Float64Array;
  coordinates?: Float64Array;
  forces?: Float64Array;
}

const smallestMove = 1e-7; // A; below it, changes of the forces are rounding

export function createBfgs(length: number): BfgsState {
  const hessian = new Float64Array(length * length);
  for (let i = 0; i < length; i++) hessian[i * length + i] = startCurvature;
  return { hessian };
}

/**
 * Moves `coordinates` once by BFGS, downhill along every eigenvector of the Hessian.  Work grows with the cube of the
 * length.
 *
 * Shapes: `coordinates`, `forces` are [rows x 3].  Units: A, eV/A.  Mutates `bfgs` and `coordinates`.
 *
 * @see Nocedal and Wright, Numerical Optimization, equation 6.19.
 */
export function bfgsStep(bfgs: BfgsState, coordinates: Float64Array, forces: Float64Array): void {
  updateHessian(bfgs, coordinates, forces);
  const length = coordinates.length;
  const { values, vectors } = symmetricEigen(bfgs.hessian, length);
  const step = new Float64Array(length);
  for (let mode = 0; mode < length; mode++) {
    const vector = vectors.subarray(mode * length, (mode + 1) * length);
    const weight = dotProduct(forces, vector) / Math.abs(values[mode]);
    for (let i = 0; i < length; i++) step[i] += weight * vector[i];
  }
  bfgs.coordinates = coordinates.slice();
  bfgs.forces = forces.slice();
  takeLimitedStep(coordinates, step);
}

function updateHessian(
  { hessian, coordinates: last, forces: lastForces }: BfgsState,
  coordinates: Float64Array,
  forces: Float64Array,
): void {
  if (!last || !lastForces) return;
  const length = coordinates.length;
  const move = coordinates.map((value, i) => value - last[i]);
  if (move.every((value) => Math.abs(value) < smallestMove)) return;
  const change = forces.map((value, i) => value - lastForces[i]);
  const bent = Float64Array.from({ length }, (_, row) =>
    dotProduct(hessian.subarray(row * length, (row + 1) * length), move),
  );
  const changeProduct = dotProduct(change, move);
  const bentProduct = dotProduct(bent, move);
  for (let row = 0; row < length; row++) {
    for (let column = 0; column < length; column++) {
      hessian[row * length + column] -=
        (change[row] * change[column]) / changeProduct + (bent[row] * bent[column]) / bentProduct;
    }
  }
}
