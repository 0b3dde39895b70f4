import { describe, expect, it } from 'vitest';
import { createLeastSquares, leastSquares } from '../../src/linalg/least-squares.js';
import { createRandom } from '../../src/random.js';

function randomMatrix(rows: number, columns: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: rows * columns }, () => random.normal());
}

function times(matrix: ArrayLike<number>, vector: ArrayLike<number>): Float64Array {
  const columns = vector.length;
  return Float64Array.from({ length: matrix.length / columns }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += matrix[row * columns + column] * vector[column];
    return sum;
  });
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let index = 0; index < expected.length; index++) {
    expect(Math.abs(actual[index] - expected[index])).toBeLessThanOrEqual(tolerance);
  }
}

describe('leastSquares', () => {
  it('recovers the solution of a consistent system of full rank', () => {
    const matrix = randomMatrix(40, 7, 1);
    const truth = randomMatrix(7, 1, 2);
    const { solution, rank } = leastSquares(matrix, times(matrix, truth));
    expect(rank).toBe(7);
    expectClose(solution, truth, 1e-13);
  });

  it('leaves a residual orthogonal to every column', () => {
    const [matrix, targets] = [randomMatrix(30, 5, 3), randomMatrix(30, 1, 4)];
    const { solution } = leastSquares(matrix, targets);
    const fitted = times(matrix, solution);
    for (let column = 0; column < 5; column++) {
      let product = 0;
      for (let row = 0; row < 30; row++) product += matrix[row * 5 + column] * (targets[row] - fitted[row]);
      expect(Math.abs(product)).toBeLessThan(1e-12);
    }
  });

  it('gives the shortest solution and the rank when columns depend on each other', () => {
    // The only data are structures A2B3 and A4B6: a + b is known along (2, 3) alone, so the shortest solution is 13/13
    // (2, 3).
    const { solution, rank } = leastSquares([2, 3, 4, 6], [13, 26]);
    expect(rank).toBe(1);
    expectClose(solution, [2, 3], 1e-14);
  });

  it('gives zero to a column of zeros', () => {
    const { solution, rank } = leastSquares([1, 0, 2, 0, 3, 0], [2, 4, 6]);
    expect(rank).toBe(1);
    expectClose(solution, [2, 0], 1e-15);
  });

  it('solves a system with fewer rows than columns with the shortest solution', () => {
    const { solution, rank } = leastSquares([1, 1, 1], [3]);
    expect(rank).toBe(1);
    expectClose(solution, [1, 1, 1], 1e-15);
  });

  it('finds the singular values of a diagonal matrix that spans fifteen decades minus rounding', () => {
    const { singularValues, rank } = leastSquares([1e6, 0, 0, 0, 1, 0, 0, 0, 1e-6], [1, 1, 1]);
    expect([...singularValues]).toEqual([1e6, 1, 1e-6]);
    expect(rank).toBe(3);
  });

  it('keeps the accuracy of a fit of large energies on compositions', () => {
    const random = createRandom(5);
    const composition = Float64Array.from({ length: 3000 }, () => random.integer(40));
    const truth = [-13.6, -1029.5, -5300.25];
    expectClose(leastSquares(composition, times(composition, truth)).solution, truth, 1e-9);
  });
});

describe('createLeastSquares', () => {
  it.each([3, 9000])('finds from %s rows, one by one, what leastSquares finds from all', (rowCount) => {
    const matrix = randomMatrix(rowCount, 4, 7);
    for (let row = 0; row < rowCount; row++) matrix[4 * row + 1] = 2 * matrix[4 * row]; // one column is twice another
    const targets = randomMatrix(rowCount, 1, 8);
    const system = createLeastSquares(4);
    for (let row = 0; row < rowCount; row++) system.add(matrix.subarray(4 * row, 4 * row + 4), targets[row]);
    const [streamed, whole] = [system.solve(), leastSquares(matrix, targets)];
    expect(streamed.rank).toBe(Math.min(rowCount, 3));
    expect(streamed.rank).toBe(whole.rank);
    expectClose(streamed.solution, whole.solution, 1e-12);
  });
});
