import { describe, expect, test } from 'vitest';
import { atomComponents } from '../../../src/models/equiformer-v2/components.js';
import { coupling, harmonicCoupling } from '../../../src/models/equiformer-v2/coupling.js';
import { solidHarmonics } from '../../../src/models/equiformer-v2/harmonics.js';
import { createRandom } from '../../../src/random.js';
import { largestDifference } from '../../helpers/compare.js';

const random = createRandom(5);
const vectors = Array.from({ length: 5 }, (): [number, number, number] => [
  random.normal(),
  random.normal(),
  random.normal(),
]);
const maxDegree = 6;

describe('solid harmonics', () => {
  test('of degrees 0 to 2 are the known polynomials', () => {
    for (const [x, y, z] of vectors) {
      const root = Math.sqrt(3);
      const second = [
        root * x * z,
        root * x * y,
        y * y - (x * x + z * z) / 2,
        root * y * z,
        (root / 2) * (z * z - x * x),
      ];
      expect(largestDifference(solidHarmonics([x, y, z], 2), [1, x, y, z, ...second])).toBeLessThan(1e-13);
    }
  });

  test('of one degree have squares that add up to r^(2l)', () => {
    for (const [x, y, z] of vectors) {
      const sums = new Float64Array(maxDegree + 1);
      const values = solidHarmonics([x, y, z], maxDegree);
      for (const [index, { degree }] of atomComponents(maxDegree).entries()) sums[degree] += values[index] ** 2;
      const powers = sums.map((_, degree) => (x * x + y * y + z * z) ** degree);
      expect(
        largestDifference(
          sums.map((sum, degree) => sum / powers[degree]),
          powers.fill(1),
        ),
      ).toBeLessThan(1e-12);
    }
  });
});

describe('the coupling of a degree with a vector', () => {
  test('has orthonormal rows', () => {
    for (let degree = 1; degree <= maxDegree; degree++) {
      const [rows, width] = [2 * degree + 1, 3 * (2 * degree - 1)];
      const map = coupling(degree);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < rows; j++) {
          const products = map.subarray(i * width, (i + 1) * width).map((value, k) => value * map[j * width + k]);
          const product = products.reduce((sum, value) => sum + value, 0);
          expect(Math.abs(product - Number(i === j))).toBeLessThan(1e-12);
        }
      }
    }
  });

  test('gives solid harmonics from those of the degree below', () => {
    for (const vector of vectors) {
      const values = solidHarmonics(vector, maxDegree);
      for (let degree = 1; degree <= maxDegree; degree++) {
        const below = values.subarray((degree - 1) ** 2, degree ** 2);
        const products = Array.from(below, (value) => vector.map((component) => value * component)).flat();
        const map = harmonicCoupling(degree);
        const own = Array.from({ length: 2 * degree + 1 }, (_, row) =>
          products.reduce((sum, product, index) => sum + map[row * products.length + index] * product, 0),
        );
        const expected = values.subarray(degree ** 2, (degree + 1) ** 2);
        const scale = Math.hypot(...expected);
        expect(largestDifference(own, expected)).toBeLessThan(1e-12 * scale);
      }
    }
  });
});
