/** The rows of a row-major array of three columns, as JSON shows positions and forces: [N x 3] -> N rows. */
export function rowsOf(values: ArrayLike<number>): number[][] {
  return Array.from({ length: values.length / 3 }, (_, row) => [
    values[3 * row],
    values[3 * row + 1],
    values[3 * row + 2],
  ]);
}

/** Length of the longest row of a row-major array of three columns, [N x 3]; fmax, if these are forces. */
export function maxRowNorm(values: ArrayLike<number>): number {
  let max = 0;
  for (let i = 0; i < values.length; i += 3) max = Math.max(max, Math.hypot(values[i], values[i + 1], values[i + 2]));
  return max;
}
