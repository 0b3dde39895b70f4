import { expect, test } from 'vitest';
import { maxRowNorm, rowsOf } from '../../src/linalg/rows.js';

const values = Float64Array.of(1, 2, 2, -3, 4, 0, 0, 0, 0);

test('an array of three columns becomes its rows', () => {
  expect(rowsOf(values)).toEqual([
    [1, 2, 2],
    [-3, 4, 0],
    [0, 0, 0],
  ]);
});

test('the longest row is measured by its length, wherever it stands', () => {
  expect(maxRowNorm(values)).toBe(5);
  expect(maxRowNorm([0, 0, -7, 1, 1, 1])).toBe(7);
  expect(maxRowNorm([])).toBe(0);
});
