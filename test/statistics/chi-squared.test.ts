import { expect, it } from 'vitest';
import { createRandom } from '../../src/random.js';
import { chiSquared } from '../../src/statistics/chi-squared.js';
import { expectEstimate, meanOf, varianceOf } from '../helpers/statistics.js';

it.each([1, 2, 3, 8, 1000])(
  'a sum of %i squares has the mean n, the variance 2 n and the skewness sqrt(8/n)',
  (degrees) => {
    const random = createRandom(degrees);
    const series = Array.from({ length: 20_000 }, () => chiSquared(degrees, random));
    expect(Math.min(...series)).toBeGreaterThanOrEqual(0);
    expectEstimate(meanOf(series), degrees, 0.02 * degrees);
    expectEstimate(varianceOf(series, { about: degrees }), 2 * degrees, 0.1 * degrees);
    const cubes = series.map((value) => ((value - degrees) / Math.sqrt(2 * degrees)) ** 3);
    expectEstimate(meanOf(cubes), Math.sqrt(8 / degrees), 0.3);
  },
);

it('a sum of no squares is zero', () => {
  expect(chiSquared(0, createRandom(1))).toBe(0);
});
