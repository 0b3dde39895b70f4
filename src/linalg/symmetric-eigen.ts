/** Eigenvalues, [n], and eigenvectors as rows, [n x n], in no particular order. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

const maxSweeps = 60;

/**
 * Diagonalises a real symmetric matrix of a few hundred rows by Jacobi rotations.
 *
 * Shapes: `matrix` is [n x n], row-major; it is not written.
 *
 * @see Golub and Van Loan, Matrix Computations, section 8.5 (cyclic by row).
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const work = matrix.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < maxSweeps && offDiagonal(work, n) > 0; sweep++) {
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) annihilate(work, vectors, { n, p, q });
    }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => work[i * n + i]), vectors };
}

// One rotation in the plane (p, q) that makes the element there vanish; negligible elements are set to zero at once.
function annihilate(work: Float64Array, vectors: Float64Array, { n, p, q }: { n: number; p: number; q: number }): void {
  const element = work[p * n + q];
  if (element === 0) return;
  const scale = Math.abs(work[p * n + p]) + Math.abs(work[q * n + q]);
  if (Math.abs(element) <= 1e-17 * scale) {
    work[p * n + q] = 0;
    work[q * n + p] = 0;
    return;
  }
  const tau = (work[q * n + q] - work[p * n + p]) / (2 * element);
  const tangent = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = tangent * cosine;
  rotateRows(work, { n, p, q, cosine, sine });
  rotateRows(vectors, { n, p, q, cosine, sine });
  for (let row = 0; row < n; row++) {
    const a = work[row * n + p];
    const b = work[row * n + q];
    work[row * n + p] = cosine * a - sine * b;
    work[row * n + q] = sine * a + cosine * b;
  }
  work[p * n + q] = 0;
  work[q * n + p] = 0;
}

interface Rotation {
  readonly n: number;
  readonly p: number;
  readonly q: number;
  readonly cosine: number;
  readonly sine: number;
}

function rotateRows(matrix: Float64Array, { n, p, q, cosine, sine }: Rotation): void {
  for (let column = 0; column < n; column++) {
    const a = matrix[p * n + column];
    const b = matrix[q * n + column];
    matrix[p * n + column] = cosine * a - sine * b;
    matrix[q * n + column] = sine * a + cosine * b;
  }
}

function offDiagonal(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let row = 0; row < n; row++) {
    for (let column = row + 1; column < n; column++) sum += Math.abs(matrix[row * n + column]);
  }
  return sum;
}
