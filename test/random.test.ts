import { describe, expect, it } from 'vitest';
import { createRandom } from '../src/random.js';

const count = 400_000;

/** Standard normal distribution function by its series; good to 1e-12 for |x| < 5. */
function normalDistribution(x: number): number {
  let [term, sum] = [x, x];
  for (let k = 1; k < 120; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

describe('normal numbers', () => {
  const random = createRandom(20);
  const values = Float64Array.from({ length: count }, random.normal).sort();

  it('have the normal distribution, its tails included', () => {
    const edges = [-3.9, -3.65, -3, -2, -1, -0.5, -0.215, 0, 0.1, 0.215, 0.5, 1, 1.5, 2, 2.5, 3, 3.65, 3.9];
    const bounds = [Number.NEGATIVE_INFINITY, ...edges, Number.POSITIVE_INFINITY];
    let square = 0;
    for (let bin = 0; bin + 1 < bounds.length; bin++) {
      const probability = (bound: number) => (Number.isFinite(bound) ? normalDistribution(bound) : Number(bound > 0));
      const expected = count * (probability(bounds[bin + 1]) - probability(bounds[bin]));
      const found = values.filter((value) => value >= bounds[bin] && value < bounds[bin + 1]).length;
      expect(expected).toBeGreaterThan(15);
      square += (found - expected) ** 2 / expected;
    }
    expect(square).toBeLessThan(42.3); // chi squared of 18 degrees of freedom, one in a thousand
  });

  it('are nowhere farther from it than chance allows', () => {
    // Kolmogorov: the largest distance times sqrt n exceeds 1.95 once in a thousand
    let largest = 0;
    values.forEach((value, i) => {
      if (Math.abs(value) > 4.9) return;
      largest = Math.max(largest, Math.abs(normalDistribution(value) - (i + 0.5) / count));
    });
    expect(largest * Math.sqrt(count)).toBeLessThan(1.95);
  });

  it('have the moments 0, 1, 0, 3 and 15', () => {
    // Standard errors of the powers 1, 2, 3, 4 and 6 of n normal numbers: sqrt of 1, 2, 15, 96 and 10170 over n
    for (const [power, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
      [6, 15, 10_170],
    ]) {
      const mean = values.reduce((sum, value) => sum + value ** power, 0) / count;
      expect(Math.abs(mean - expected)).toBeLessThan(3.5 * Math.sqrt(variance / count));
    }
  });

  it('do not depend on the one before', () => {
    const again = createRandom(21);
    let [last, product] = [again.normal(), 0];
    for (let k = 0; k < count; k++) {
      const next = again.normal();
      product += last * next;
      last = next;
    }
    expect(Math.abs(product / count)).toBeLessThan(3.5 / Math.sqrt(count));
  });
});

describe('a random stream', () => {
  it('goes on exactly where its saved state was, normal numbers between others', () => {
    const random = createRandom(3);
    for (let k = 0; k < 1001; k++) random.normal();
    const again = createRandom(JSON.parse(JSON.stringify(random.state())));
    const draw = ({ normal, uniform, integer }: typeof random) => [normal(), uniform(), normal(), integer(7), normal()];
    for (let k = 0; k < 1000; k++) expect(draw(again)).toEqual(draw(random));
  });

  it('is the published generator: the first words from the state 1, 2, 3, 4', () => {
    const { nextUint32 } = createRandom({ words: [1, 2, 3, 4] });
    expect([nextUint32(), nextUint32(), nextUint32(), nextUint32()]).toEqual([11520, 0, 5927040, 70819200]);
  });

  it('differs for seeds that are near each other', () => {
    const first = (seed: number) => createRandom(seed).nextUint32();
    expect(new Set(Array.from({ length: 1000 }, (_, seed) => first(seed))).size).toBe(1000);
  });
});
