/** Curvature that quasi-Newton methods assume before they have seen any, in eV/A^2. */
export const startCurvature = 70;

/** How far an atom may move in one step, in A. */
const maxMove = 0.2;

/**
 * Adds `step` to `coordinates` ([rows x 3]), all rows shortened by one factor, which it returns, when the longest would
 * move more than 0.2 A.
 */
export function takeLimitedStep(coordinates: Float64Array, step: Float64Array): number {
  const scale = scaleToLimit(step);
  for (let i = 0; i < step.length; i++) coordinates[i] += step[i] * scale;
  return scale;
}

/** What a step of atoms, [rows x 3], is to be shortened by, so that none moves more than 0.2 A. */
export function scaleToLimit(step: Float64Array): number {
  let longest = 0;
  for (let i = 0; i < step.length; i += 3) longest = Math.max(longest, Math.hypot(step[i], step[i + 1], step[i + 2]));
  return longest > maxMove ? maxMove / longest : 1;
}

export function dotProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
