/** A mean and the half width of its 95 % confidence interval; infinite for one value. */
export interface Estimate {
  readonly mean: number;
  readonly halfWidth: number;
}

/** 97.5 % quantiles of Student's t for 1, 2, ... degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Beyond the table: the first terms of the expansion of t about the normal distribution, good to 1e-3 there. */
function tQuantile(degrees: number): number {
  const z = 1.959964;
  return quantiles[degrees - 1] ?? z + (z ** 3 + z) / (4 * degrees);
}

/** Estimates the mean of a normal distribution from independent values, of which there is at least one. */
export function estimateMean(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, halfWidth: Number.POSITIVE_INFINITY };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { mean, halfWidth: tQuantile(count - 1) * Math.sqrt(variance / count) };
}
