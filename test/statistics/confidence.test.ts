import { expect, it } from 'vitest';
import { createRandom } from '../../src/random.js';
import { estimateMean } from '../../src/statistics/confidence.js';

it.each([2, 3, 5, 40])('covers the true mean in 95 of 100 cases, with %i values', (count) => {
  const random = createRandom(count);
  const trials = 20_000;
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { mean, halfWidth } = estimateMean(Array.from({ length: count }, () => 3 + 2 * random.normal()));
    if (Math.abs(mean - 3) <= halfWidth) covered++;
  }
  // Four standard deviations of the share: 4 sqrt(0.95 0.05/20,000) = 0.006.
  expect(Math.abs(covered / trials - 0.95)).toBeLessThan(0.006);
});

it('knows nothing of the spread of one value', () => {
  expect(estimateMean([7])).toEqual({ mean: 7, halfWidth: Number.POSITIVE_INFINITY });
});
