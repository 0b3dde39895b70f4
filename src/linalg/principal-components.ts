import { symmetricEigen } from './symmetric-eigen.js';

/** Coordinates along the directions of largest variance. */
export interface PrincipalComponents {
  /** [rows x count]. */
  readonly coordinates: Float64Array;
  /** Share of the whole variance along each direction, falling, [count]. */
  readonly shares: Float64Array;
}

/**
 * Projects points on the `count` directions of largest variance; of each direction the sign is that of its largest
 * coordinate.
 *
 * Shapes: `points` is [rows x width], row-major; it is not written.
 *
 * @see Jolliffe, Principal Component Analysis (2002), sections 3.1 and 3.5: the smaller of the two equivalent matrices
 *   is diagonalised.
 */
export function principalComponents(
  points: ArrayLike<number>,
  { rows, count }: { readonly rows: number; readonly count: number },
): PrincipalComponents {
  const width = points.length / rows;
  const centred = centre(points, { rows, width });
  const useRows = rows < width;
  const side = useRows ? rows : width;
  const matrix = useRows ? products(centred, rows, width) : products(transpose(centred, rows, width), width, rows);
  const { values, vectors } = symmetricEigen(matrix, side);
  const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a]);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const coordinates = new Float64Array(rows * count);
  for (let axis = 0; axis < count && axis < side; axis++) {
    const vector = vectors.subarray(order[axis] * side, (order[axis] + 1) * side);
    const length = Math.sqrt(Math.max(0, values[order[axis]]));
    const along = useRows ? vector.map((value) => value * length) : timesVector(centred, vector, rows);
    const sign = Math.sign(along.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)) || 1;
    for (let row = 0; row < rows; row++) coordinates[row * count + axis] = sign * along[row];
  }
  const shares = Float64Array.from({ length: count }, (_, axis) =>
    axis < side && total > 0 ? Math.max(0, values[order[axis]]) / total : 0,
  );
  return { coordinates, shares };
}

interface Size {
  readonly rows: number;
  readonly width: number;
}

function centre(points: ArrayLike<number>, { rows, width }: Size): Float64Array {
  const means = new Float64Array(width);
  for (let i = 0; i < rows * width; i++) means[i % width] += points[i] / rows;
  return Float64Array.from(points, (value, i) => value - means[i % width]);
}

function transpose(matrix: Float64Array, rows: number, width: number): Float64Array {
  return Float64Array.from(matrix, (_, i) => matrix[(i % rows) * width + Math.floor(i / rows)]);
}

/** Products of every row with every row, [rows x rows]. */
function products(matrix: Float64Array, rows: number, width: number): Float64Array {
  const result = new Float64Array(rows * rows);
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += matrix[a * width + i] * matrix[b * width + i];
      result[a * rows + b] = sum;
      result[b * rows + a] = sum;
    }
  }
  return result;
}

function timesVector(matrix: Float64Array, vector: Float64Array, rows: number): Float64Array {
  const width = vector.length;
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += matrix[row * width + i] * vector[i];
    return sum;
  });
}
