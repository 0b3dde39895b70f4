import { expect, it } from 'vitest';
import { symmetricEigen } from '../../src/linalg/symmetric-eigen.js';
import { createRandom } from '../../src/random.js';

it.each([1, 2, 3, 30])('diagonalises a random symmetric matrix of %i rows with orthonormal vectors', (n) => {
  const random = createRandom(n);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = random.normal();
  const { values, vectors } = symmetricEigen(matrix, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let product = 0;
      let rebuilt = 0;
      for (let k = 0; k < n; k++) {
        product += vectors[i * n + k] * vectors[j * n + k];
        rebuilt += values[k] * vectors[k * n + i] * vectors[k * n + j];
      }
      expect(product).toBeCloseTo(i === j ? 1 : 0, 13);
      expect(rebuilt).toBeCloseTo(matrix[i * n + j], 12);
    }
  }
});

it('takes a diagonal and a zero matrix as they are', () => {
  expect([...symmetricEigen(Float64Array.of(3, 0, 0, -2), 2).values]).toEqual([3, -2]);
  expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
});
