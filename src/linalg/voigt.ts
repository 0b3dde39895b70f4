import type { Matrix3 } from './matrix3.js';

/** Rows and columns of the six components of a symmetric tensor in Voigt order: xx yy zz yz xz xy. */
export const voigtAxes = [
  [0, 0],
  [1, 1],
  [2, 2],
  [1, 2],
  [0, 2],
  [0, 1],
] as const;

/** Places of the components in a 3 x 3 matrix: one of a stretch, both of a shear. */
export const voigtPlaces: readonly (readonly number[])[] = voigtAxes.map(([row, column]) =>
  row === column ? [4 * row] : [3 * row + column, 3 * column + row],
);

/** The symmetric 3 x 3 matrix of a tensor, [6]. */
export function symmetricMatrix([xx, yy, zz, yz, xz, xy]: ArrayLike<number> & Iterable<number>): Matrix3 {
  return Float64Array.of(xx, xy, xz, xy, yy, yz, xz, yz, zz);
}

/** The symmetric 3 x 3 matrix of a tensor, [6], as three rows. */
export function symmetricRows(tensor: Float64Array): number[][] {
  const matrix = Array.from(symmetricMatrix(tensor));
  return [matrix.slice(0, 3), matrix.slice(3, 6), matrix.slice(6)];
}

/** The six components of a symmetric 3 x 3 matrix, of which the upper half is read. */
export function voigtOf(matrix: ArrayLike<number>): Float64Array {
  return Float64Array.from(voigtPlaces, ([place]) => matrix[place]);
}

/** Pressure of a stress, [6], in its units: positive when it is compressed. */
export function pressureOfStress([xx, yy, zz]: ArrayLike<number> & Iterable<number>): number {
  return -(xx + yy + zz) / 3;
}
