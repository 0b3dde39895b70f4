import { atomIndex } from './components.js';

/**
 * Real solid harmonics r^l Y_lm of a vector, [(L+1)^2] in the order of `atomComponents`.
 *
 * The polar axis is y; degree 1 is (x, y, z).  Normalised so that the sum of Y_lm^2 over m is 1 on the unit sphere.
 */
export function solidHarmonics([x, y, z]: readonly [number, number, number], maxDegree: number): Float64Array {
  const values = new Float64Array((maxDegree + 1) ** 2);
  const squared = x * x + y * y + z * z;
  let [cosine, sine] = [1, 0]; // real and imaginary part of (z + ix)^m
  for (let m = 0; m <= maxDegree; m++) {
    let [before, legendre] = [0, doubleFactorial(2 * m - 1)]; // of degrees l - 1 and l, without the factor sin^m
    for (let degree = m; degree <= maxDegree; degree++) {
      const factor = normalization(degree, m) * legendre;
      values[atomIndex({ degree, order: m })] = factor * cosine;
      if (m > 0) values[atomIndex({ degree, order: -m })] = factor * sine;
      const next = ((2 * degree + 1) * y * legendre - (degree + m) * squared * before) / (degree + 1 - m);
      [before, legendre] = [legendre, next];
    }
    [cosine, sine] = [cosine * z - sine * x, cosine * x + sine * z];
  }
  return values;
}

/** sqrt((2 - delta_m0) (l-m)! / (l+m)!). */
function normalization(degree: number, m: number): number {
  let ratio = m === 0 ? 1 : 2;
  for (let factor = degree - m + 1; factor <= degree + m; factor++) ratio /= factor;
  return Math.sqrt(ratio);
}

/** (n)(n-2)...1 for odd n; 1 for n = -1. */
function doubleFactorial(n: number): number {
  let product = 1;
  for (let factor = n; factor > 1; factor -= 2) product *= factor;
  return product;
}
