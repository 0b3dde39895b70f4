import { expect, test } from 'vitest';
import { partsOfProducts, stressOfParts } from '../../src/models/stress-parts.js';
import { largestDifference } from '../helpers/compare.js';

const unit = { scale: 1, offset: 0 };

/** The parts of a stress xx yy zz yz xz xy, by their definition. */
function partsOf([xx, yy, zz, yz, xz, xy]: readonly number[]): number[] {
  const second = [
    Math.SQRT2 * xz,
    Math.SQRT2 * xy,
    (2 * yy - xx - zz) / Math.sqrt(6),
    Math.SQRT2 * yz,
    (zz - xx) / Math.SQRT2,
  ];
  return [(xx + yy + zz) / Math.sqrt(3), ...second];
}

const stress = [0.3, -0.7, 1.1, 0.2, -0.4, 0.9];

test('a stress is found again from its parts', () => {
  const found = stressOfParts(partsOf(stress), { isotropic: unit, anisotropic: unit });
  expect(largestDifference(found, stress)).toBeLessThan(1e-15);
});

test('what atoms say is averaged, then scaled and shifted, each part for itself', () => {
  const ofAtoms = [...partsOf(stress).map((part) => 2 * part), ...partsOf(stress).map(() => 0)];
  const found = stressOfParts(ofAtoms, {
    isotropic: { scale: 2, offset: Math.sqrt(3) },
    anisotropic: { scale: 3, offset: 0 },
  });
  const pressure = (stress[0] + stress[1] + stress[2]) / 3;
  const expected = stress.map((value, index) => (index < 3 ? 3 * (value - pressure) + 2 * pressure + 1 : 3 * value));
  expect(largestDifference(found, expected)).toBeLessThan(1e-14);
});

test('products of two vectors have the parts of their symmetric tensor', () => {
  const [a, b] = [
    [0.3, -1.2, 0.7],
    [0.9, 0.4, -0.5],
  ];
  const products = a.flatMap((x) => b.map((y) => x * y));
  const parts = [0, 1, 2, 3, 4].map((part) =>
    products.reduce((sum, value, i) => sum + value * partsOfProducts[i][part], 0),
  );
  const symmetric = (i: number, j: number) => (a[i] * b[j] + a[j] * b[i]) / 2;
  const tensor = [symmetric(0, 0), symmetric(1, 1), symmetric(2, 2), symmetric(1, 2), symmetric(0, 2), symmetric(0, 1)];
  expect(largestDifference(parts, partsOf(tensor).slice(1))).toBeLessThan(1e-15);
});
