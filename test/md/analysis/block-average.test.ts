import { describe, expect, it } from 'vitest';
import { createBlockAverager } from '../../../md/analysis/block-average.js';
import { createRandom } from '../../../src/random.js';

/**
 * x_k = phi x_(k-1) + noise, of variance 1; the error of its mean over n samples is sqrt((1 + phi)/(1 - phi)/n) for
 * large n.
 */
function averageOfCorrelated(phi: number, { count, seed }: { count: number; seed: number }) {
  const random = createRandom(seed);
  const average = createBlockAverager();
  let value = random.normal();
  for (let k = 0; k < count; k++) {
    average.add(value);
    value = phi * value + Math.sqrt(1 - phi * phi) * random.normal();
  }
  return average.result();
}

describe('a block average', () => {
  it('has the mean, standard deviation and error of independent samples', () => {
    const average = createBlockAverager();
    for (const value of [1, 4, 2, 5]) average.add(value);
    const { mean, standardDeviation, samples } = average.result();
    expect({ mean, samples }).toEqual({ mean: 3, samples: 4 });
    expect(standardDeviation).toBeCloseTo(Math.sqrt(10 / 3), 14);
    const independent = averageOfCorrelated(0, { count: 4096, seed: 1 });
    expect(independent).toMatchObject({ blockLength: expect.any(Number), isPlateau: true });
    expect(independent.error).toBeCloseTo(1 / 64, 2);
  });

  it.each([0, 0.5, 0.9])(
    'has an error that covers the true mean in two of three correlated series, phi = %d',
    (phi) => {
      const count = 8192;
      const runs = 400;
      const truth = Math.sqrt((1 + phi) / (1 - phi) / count);
      let covered = 0;
      let meanSquare = 0;
      for (let seed = 0; seed < runs; seed++) {
        const { mean, error = 0 } = averageOfCorrelated(phi, { count, seed });
        if (Math.abs(mean) < error) covered++;
        meanSquare += error ** 2 / runs;
      }
      // Binomial error of 400 trials at 0.68 is 0.023; few blocks cost another 0.02.
      expect(covered / runs).toBeGreaterThan(0.59);
      expect(covered / runs).toBeLessThan(0.75);
      expect(Math.sqrt(meanSquare) / truth).toBeGreaterThan(0.9);
      expect(Math.sqrt(meanSquare) / truth).toBeLessThan(1.1);
    },
  );

  it('says when a series is too short for its correlation', () => {
    expect(averageOfCorrelated(0.999, { count: 256, seed: 3 }).isPlateau).toBe(false);
  });

  it('is exact for a constant, and honest about one sample or none', () => {
    const average = createBlockAverager();
    expect(average.result()).toMatchObject({ samples: 0, mean: Number.NaN });
    average.add(2);
    expect(average.result()).toMatchObject({ samples: 1, mean: 2 });
    expect(average.result().error).toBeUndefined();
    for (let k = 0; k < 20; k++) average.add(2);
    expect(average.result()).toMatchObject({ mean: 2, error: 0 });
  });
});
