import { expect } from 'vitest';

export interface Estimate {
  readonly value: number;
  /** Standard error, from the scatter of block means. */
  readonly error: number;
}

/**
 * Mean of a correlated series: its standard error comes from the means of `blockCount` blocks, each to be longer than
 * the memory.
 */
export function meanOf(series: readonly number[], blockCount = 40): Estimate {
  const length = Math.floor(series.length / blockCount);
  const means = Array.from({ length: blockCount }, (_, block) =>
    average(series.slice(block * length, (block + 1) * length)),
  );
  const value = average(means);
  const scatter = means.reduce((sum, mean) => sum + (mean - value) ** 2, 0) / (blockCount - 1);
  return { value, error: Math.sqrt(scatter / blockCount) };
}

/** Variance of a correlated series about its known mean. */
export function varianceOf(
  series: readonly number[],
  { about, blockCount }: { about: number; blockCount?: number },
): Estimate {
  return meanOf(
    series.map((value) => (value - about) ** 2),
    blockCount,
  );
}

/**
 * Expects an estimate within three and a half standard errors of `expected`, and the standard error small enough to
 * tell a wrong value: chance alone fails one case in 2000, and never at a fixed seed that has passed.
 */
export function expectEstimate({ value, error }: Estimate, expected: number, largestError: number): void {
  expect(error).toBeLessThan(largestError);
  expect(Math.abs(value - expected)).toBeLessThan(3.5 * error);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
