import { LammError } from '../errors.js';
import { cross3, determinant3, dot3, type Matrix3 } from '../linalg/matrix3.js';

/** Volume of a cell in A^3: |det|, so it is positive for left-handed cells too and 0 when a vector is missing. */
export function cellVolume(cell: ArrayLike<number>): number {
  return Math.abs(determinant3(cell));
}

/** Whether three lattice vectors span a volume: they are neither zero nor parallel or coplanar. */
export function hasVolume(cell: ArrayLike<number>): boolean {
  const length = (row: number) => Math.sqrt(cell[row] ** 2 + cell[row + 1] ** 2 + cell[row + 2] ** 2);
  return cellVolume(cell) > 1e-9 * length(0) * length(3) * length(6);
}

/**
 * Fills lattice vectors that are zero with unit vectors orthogonal to the others, so that the cell can be inverted.
 *
 * @throws {LammError} `structure` when the given vectors are parallel or coplanar.
 */
export function completeCell(cell: ArrayLike<number>): Matrix3 {
  const full = new Float64Array(cell);
  if (hasVolume(full)) return full;
  const rows = [0, 1, 2].map((row) => full.subarray(3 * row, 3 * row + 3));
  const missing = rows.filter((row) => dot3(row, row) === 0);
  const present = rows.filter((row) => dot3(row, row) > 0);
  if (missing.length === 3) return Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  if (missing.length === 2) {
    const [given] = present;
    const smallest = [0, 1, 2].reduce((best, axis) => (Math.abs(given[axis]) < Math.abs(given[best]) ? axis : best));
    const unit = Float64Array.of(Number(smallest === 0), Number(smallest === 1), Number(smallest === 2));
    setUnit(missing[0], cross3(given, unit));
    setUnit(missing[1], cross3(given, missing[0]));
  } else if (missing.length === 1) {
    setUnit(missing[0], cross3(present[0], present[1]));
  }
  if (!hasVolume(full)) {
    throw new LammError('structure', 'the cell has no volume: its lattice vectors are parallel or coplanar', {
      quantity: 'cell',
    });
  }
  return full;
}

/** Lattice vectors from lengths (A) and angles (degrees): a along x, b in the xy plane. */
export function cellFromParameters(lengths: ArrayLike<number>, angles: ArrayLike<number>): Matrix3 {
  const [a, b, c] = [lengths[0], lengths[1], lengths[2]];
  const cosine = (degrees: number) => (degrees === 90 ? 0 : Math.cos((degrees * Math.PI) / 180));
  const [cosAlpha, cosBeta, cosGamma] = [cosine(angles[0]), cosine(angles[1]), cosine(angles[2])];
  const sinGamma = angles[2] === 90 ? 1 : Math.sin((angles[2] * Math.PI) / 180);
  const cy = (cosAlpha - cosBeta * cosGamma) / sinGamma;
  const cz = Math.sqrt(1 - cosBeta ** 2 - cy ** 2);
  return Float64Array.of(a, 0, 0, b * cosGamma, b * sinGamma, 0, c * cosBeta, c * cy, c * cz);
}

/**
 * Lengths (A) of the lattice vectors, and angles (degrees) between b and c, a and c, a and b; NaN where a vector is
 * zero.
 */
export function cellParameters(cell: ArrayLike<number>): { readonly lengths: number[]; readonly angles: number[] } {
  const vectors = [0, 3, 6].map((start) => [cell[start], cell[start + 1], cell[start + 2]]);
  const lengths = vectors.map((vector) => Math.sqrt(dot3(vector, vector)));
  const angle = (i: number, j: number) =>
    (Math.acos(dot3(vectors[i], vectors[j]) / (lengths[i] * lengths[j])) * 180) / Math.PI;
  return { lengths, angles: [angle(1, 2), angle(0, 2), angle(0, 1)] };
}

/** Cartesian positions [N x 3] from fractional ones. */
export function fractionalToCartesian(fractional: ArrayLike<number>, cell: ArrayLike<number>): Float64Array {
  return multiplyRows(fractional, cell);
}

/** Rows [N x 3] times a 3 x 3 matrix, written into `product`, which may be `rows` themselves. */
export function multiplyRows(
  rows: ArrayLike<number>,
  matrix: ArrayLike<number>,
  product: Float64Array = new Float64Array(rows.length),
): Float64Array {
  for (let start = 0; start < rows.length; start += 3) {
    const x = rows[start];
    const y = rows[start + 1];
    const z = rows[start + 2];
    product[start] = x * matrix[0] + y * matrix[3] + z * matrix[6];
    product[start + 1] = x * matrix[1] + y * matrix[4] + z * matrix[7];
    product[start + 2] = x * matrix[2] + y * matrix[5] + z * matrix[8];
  }
  return product;
}

function setUnit(target: Float64Array, direction: ArrayLike<number>): void {
  const length = Math.sqrt(dot3(direction, direction));
  for (let axis = 0; axis < 3; axis++) target[axis] = direction[axis] / length;
}
