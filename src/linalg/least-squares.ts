/** Solution of least squares and how well the matrix determined it. */
export interface LeastSquaresSolution {
  /** The shortest of the best solutions, [n]. */
  readonly solution: Float64Array;
  /** Number of directions of the solution that the matrix determines. */
  readonly rank: number;
  /** Singular values of the matrix, largest first, [min(m, n)]. */
  readonly singularValues: Float64Array;
}

const roundingError = 2 ** -52;
/**
 * Convergence is quadratic: ten sweeps suffice; the bound only stops columns of pure rounding noise from turning for
 * ever.
 */
const maximumSweeps = 40;

/**
 * Minimises |matrix . solution - targets| over all solutions and, among equals, |solution|.
 *
 * Shapes: `matrix` is [m x n], row-major; `targets` is [m].  A singular value below max(m, n) eps times the largest
 * counts as zero. The matrix is first reduced to a triangle by Householder reflections; the triangle is then
 * orthogonalised by one-sided Jacobi rotations, which find small singular values to full relative accuracy.
 *
 * @see Golub and Van Loan, Matrix Computations, 4th ed., 5.2 (Householder QR), 5.5 (rank-deficient problems), 8.6.3
 *   (one-sided Jacobi).
 */
export function leastSquares(matrix: ArrayLike<number>, targets: ArrayLike<number>): LeastSquaresSolution {
  const rowCount = targets.length;
  const columnCount = rowCount === 0 ? 0 : matrix.length / rowCount;
  const columns = Array.from({ length: columnCount }, (_, column) =>
    Float64Array.from({ length: rowCount }, (_, row) => matrix[row * columnCount + column]),
  );
  const rotatedTargets = Float64Array.from(targets);
  reduceToTriangle(columns, rotatedTargets);

  const height = Math.min(rowCount, columnCount);
  const triangle = columns.map((column) => column.slice(0, height));
  const rotation = orthogonaliseColumns(triangle);
  const lengths = Float64Array.from(triangle, (column) => Math.sqrt(dot(column, column)));
  const negligible = Math.max(rowCount, columnCount) * roundingError * Math.max(0, ...lengths);

  const solution = new Float64Array(columnCount);
  let rank = 0;
  for (const [index, column] of triangle.entries()) {
    if (!(lengths[index] > negligible)) continue;
    rank++;
    const weight = dot(column, rotatedTargets) / lengths[index] ** 2;
    for (let row = 0; row < columnCount; row++) solution[row] += weight * rotation[index][row];
  }
  return { solution, rank, singularValues: lengths.sort().reverse().slice(0, height) };
}

/** Rows that are held before they are reduced to as many as there are unknowns. */
const rowsHeld = 4096;

/**
 * Least squares of rows that come one by one, [n] each, in a memory that does not grow with them: when many are held
 * they are replaced by the triangle that has the same solutions.
 */
export function createLeastSquares(columnCount: number) {
  const capacity = Math.max(rowsHeld, 4 * columnCount);
  const rows = new Float64Array(capacity * columnCount);
  const targets = new Float64Array(capacity);
  let count = 0;

  function reduce(): void {
    const columns = Array.from({ length: columnCount }, (_, column) =>
      Float64Array.from({ length: count }, (_, row) => rows[row * columnCount + column]),
    );
    reduceToTriangle(columns, targets); // all of them are held
    count = columnCount;
    for (const [index, column] of columns.entries()) {
      for (let row = 0; row < count; row++) rows[row * columnCount + index] = column[row];
    }
  }

  return {
    /** Adds the equation row . solution = target. */
    add(row: Float64Array, target: number): void {
      if (count === capacity) reduce();
      rows.set(row, count * columnCount);
      targets[count++] = target;
    },
    solve: (): LeastSquaresSolution => leastSquares(rows.subarray(0, count * columnCount), targets.subarray(0, count)),
  };
}

/** Applies the reflections that make `columns` upper triangular to them and to `targets`, in place. */
function reduceToTriangle(columns: readonly Float64Array[], targets: Float64Array): void {
  const reflected = [...columns, targets];
  for (let pivot = 0; pivot < Math.min(columns.length, targets.length); pivot++) {
    const mirror = columns[pivot].slice(pivot);
    const length = Math.sqrt(dot(mirror, mirror));
    if (length === 0) continue;
    mirror[0] += mirror[0] < 0 ? -length : length;
    const scale = 2 / dot(mirror, mirror);
    for (const column of reflected.slice(pivot)) reflect(column.subarray(pivot), mirror, scale);
    columns[pivot].fill(0, pivot + 1);
  }
}

function reflect(vector: Float64Array, mirror: Float64Array, scale: number): void {
  const projection = scale * dot(vector, mirror);
  for (let row = 0; row < vector.length; row++) vector[row] -= projection * mirror[row];
}

/**
 * Rotates pairs of columns, in place, until all are orthogonal; returns the columns of the product of the rotations.
 */
function orthogonaliseColumns(columns: readonly Float64Array[]): Float64Array[] {
  const rotation = columns.map((_, index) => {
    const unit = new Float64Array(columns.length);
    unit[index] = 1;
    return unit;
  });
  let rotated = true;
  for (let sweep = 0; rotated && sweep < maximumSweeps; sweep++) {
    rotated = false;
    for (let first = 0; first < columns.length; first++) {
      for (let second = first + 1; second < columns.length; second++) {
        const angle = orthogonalisingAngle(columns[first], columns[second]);
        if (angle === 0) continue;
        rotated = true;
        rotatePair(columns[first], columns[second], angle);
        rotatePair(rotation[first], rotation[second], angle);
      }
    }
  }
  return rotation;
}

function orthogonalisingAngle(first: Float64Array, second: Float64Array): number {
  const product = dot(first, second);
  const [squareFirst, squareSecond] = [dot(first, first), dot(second, second)];
  if (!(Math.abs(product) > 8 * roundingError * Math.sqrt(squareFirst) * Math.sqrt(squareSecond))) return 0;
  const angle = 0.5 * Math.atan2(2 * product, squareFirst - squareSecond);
  return Math.abs(angle) < roundingError ? 0 : angle;
}

function rotatePair(first: Float64Array, second: Float64Array, angle: number): void {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  for (let row = 0; row < first.length; row++) {
    const [x, y] = [first[row], second[row]];
    first[row] = cosine * x + sine * y;
    second[row] = cosine * y - sine * x;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index] * b[index];
  return sum;
}
