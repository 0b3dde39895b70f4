import { describe, expect, it } from 'vitest';
import { inverseCholeskyFactor, triangleNorm } from '../../src/linalg/cholesky.js';
import { createRandom } from '../../src/random.js';

describe('inverseCholeskyFactor', () => {
  it('is that of a small matrix by hand', () => {
    // [4 2; 2 5] = L L^T with L = [2 0; 1 2], whose inverse is [1/2 0; -1/4 1/2]
    expect([...inverseCholeskyFactor(Float64Array.of(4, 2, 2, 5), 2)]).toEqual([0.5, -0.25, 0.5]);
  });

  it('gives x^T A^-1 x as a length, of A x too', () => {
    const n = 7;
    const random = createRandom(1);
    const factor = Array.from({ length: n * n }, () => random.normal());
    const matrix = Float64Array.from({ length: n * n }, (_, index) => {
      const [row, column] = [Math.floor(index / n), index % n];
      const product = Array.from({ length: n }, (_, k) => factor[n * row + k] * factor[n * column + k]);
      return product.reduce((sum, value) => sum + value, row === column ? 0.1 : 0);
    });
    const x = Float64Array.from({ length: n }, () => random.normal());
    const image = x.map((_, row) => x.reduce((sum, value, column) => sum + matrix[n * row + column] * value, 0));
    const expected = x.reduce((sum, value, index) => sum + value * image[index], 0); // (A x)^T A^-1 (A x)
    expect(triangleNorm(inverseCholeskyFactor(matrix, n), image) / expected).toBeCloseTo(1, 9);
  });

  it('refuses what is not positive definite', () => {
    expect(() => inverseCholeskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toThrow(/positive definite/);
  });
});
