/** The rows of a row-major array of three columns, as JSON shows positions and forces: [N x 3] -> N rows. */
export function rowsOf(values: ArrayLike<number>): number[][] {
  return Array.from({ length: values.length / 3 }, (_, row) => [
    values[3 * row],
    values[3 * row + 1],
    values[3 * row + 2],
  ]);
}
