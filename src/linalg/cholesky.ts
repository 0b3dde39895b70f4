import { LammError } from '../errors.js';

/**
 * Inverse of the lower Cholesky factor L of a symmetric positive definite matrix A = L L^T: |L^-1 x|^2 = x^T A^-1 x.
 *
 * Shapes: `matrix` is [n x n], row-major, of which the lower triangle is read; the result holds the rows of the lower
 * triangle one after another, [n (n + 1) / 2].
 *
 * @throws {LammError} `non-finite` when the matrix is not positive definite to rounding.
 * @see Golub and Van Loan, Matrix Computations, 4th ed., 4.2.
 */
export function inverseCholeskyFactor(matrix: Float64Array, n: number): Float64Array {
  const factor = choleskyFactor(matrix, n);
  const inverse = new Float64Array(factor.length);
  for (let row = 0; row < n; row++) {
    const start = rowStart(row);
    const pivot = factor[start + row];
    for (let column = 0; column < row; column++) {
      let sum = 0;
      for (let k = column; k < row; k++) sum += factor[start + k] * inverse[rowStart(k) + column];
      inverse[start + column] = -sum / pivot;
    }
    inverse[start + row] = 1 / pivot;
  }
  return inverse;
}

/** Squared length of T x for a lower triangle T in rows one after another; `x` is [n]. */
export function triangleNorm(triangle: ArrayLike<number>, x: ArrayLike<number>): number {
  let [place, norm] = [0, 0];
  for (let row = 0; row < x.length; row++) {
    let sum = 0;
    for (let column = 0; column <= row; column++) sum += triangle[place++] * x[column];
    norm += sum * sum;
  }
  return norm;
}

function choleskyFactor(matrix: Float64Array, n: number): Float64Array {
  const factor = new Float64Array((n * (n + 1)) / 2);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[n * row + column];
      for (let k = 0; k < column; k++) rest -= factor[rowStart(row) + k] * factor[rowStart(column) + k];
      if (row > column) factor[rowStart(row) + column] = rest / factor[rowStart(column) + column];
      else if (rest > 0) factor[rowStart(row) + row] = Math.sqrt(rest);
      else throw new LammError('non-finite', `expected a positive definite matrix, found a pivot of ${rest}`);
    }
  }
  return factor;
}

function rowStart(row: number): number {
  return (row * (row + 1)) / 2;
}
