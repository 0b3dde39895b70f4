/** A rotation about no axis in particular, [3 x 3]. */
export const rotation: readonly number[] = (() => {
  const [a, b, c] = [0.7, -1.1, 2.3];
  const about = (axis: number, angle: number) => {
    const [i, j] = [(axis + 1) % 3, (axis + 2) % 3];
    const matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    matrix[4 * i] = matrix[4 * j] = Math.cos(angle);
    matrix[3 * j + i] = Math.sin(angle);
    matrix[3 * i + j] = -Math.sin(angle);
    return matrix;
  };
  return product(about(0, a), product(about(1, b), about(2, c)));
})();

function product(a: readonly number[], b: readonly number[]): number[] {
  return a.map((_, index) =>
    [0, 1, 2].reduce((sum, k) => sum + a[3 * Math.floor(index / 3) + k] * b[3 * k + (index % 3)], 0),
  );
}

/** Rows of vectors turned. */
export function turn(rows: ArrayLike<number>): number[] {
  return Array.from(rows, (_, index) =>
    [0, 1, 2].reduce((sum, k) => sum + rotation[3 * (index % 3) + k] * rows[3 * Math.floor(index / 3) + k], 0),
  );
}
