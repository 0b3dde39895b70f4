/**
 * 3 x 3 matrices as nine numbers, row-major: the cell and everything made of it.
 * `multiply(a, b)` is the matrix product; vectors are rows, so a position is `fractional * cell`.
 */
export type Matrix3 = Float64Array;

export function determinant3(m: ArrayLike<number>): number {
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
}

/** Inverse of a 3 x 3 matrix; infinite or NaN entries when it is singular. */
export function inverse3(m: ArrayLike<number>): Matrix3 {
  const scale = 1 / determinant3(m);
  return Float64Array.of(
    (m[4] * m[8] - m[5] * m[7]) * scale,
    (m[2] * m[7] - m[1] * m[8]) * scale,
    (m[1] * m[5] - m[2] * m[4]) * scale,
    (m[5] * m[6] - m[3] * m[8]) * scale,
    (m[0] * m[8] - m[2] * m[6]) * scale,
    (m[2] * m[3] - m[0] * m[5]) * scale,
    (m[3] * m[7] - m[4] * m[6]) * scale,
    (m[1] * m[6] - m[0] * m[7]) * scale,
    (m[0] * m[4] - m[1] * m[3]) * scale,
  );
}

export function multiply3(a: ArrayLike<number>, b: ArrayLike<number>): Matrix3 {
  const product = new Float64Array(9);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      product[3 * row + column] =
        a[3 * row] * b[column] + a[3 * row + 1] * b[3 + column] + a[3 * row + 2] * b[6 + column];
    }
  }
  return product;
}

export function transpose3(m: ArrayLike<number>): Matrix3 {
  return Float64Array.of(m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]);
}

export function cross3(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.of(a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]);
}

export function dot3(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Row vector times matrix. */
export function rowTimesMatrix3(row: ArrayLike<number>, m: ArrayLike<number>): Float64Array {
  return Float64Array.of(
    row[0] * m[0] + row[1] * m[3] + row[2] * m[6],
    row[0] * m[1] + row[1] * m[4] + row[2] * m[7],
    row[0] * m[2] + row[1] * m[5] + row[2] * m[8],
  );
}

/** Matrix exponential: the Taylor series of m / 2^k, squared k times. */
export function expm3(m: ArrayLike<number>): Matrix3 {
  const size = Math.max(...Array.from(m, Math.abs));
  const squarings = Math.max(0, Math.ceil(Math.log2(size || 1)) + 4);
  const small = Float64Array.from(m, (value) => value / 2 ** squarings);
  let term: Matrix3 = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  let sum: Matrix3 = term.slice();
  for (let order = 1; order <= 14; order++) {
    term = multiply3(term, small).map((value) => value / order);
    sum = sum.map((value, i) => value + term[i]);
  }
  for (let k = 0; k < squarings; k++) sum = multiply3(sum, sum);
  return sum;
}
