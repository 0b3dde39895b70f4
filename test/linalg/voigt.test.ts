import { expect, test } from 'vitest';
import {
  pressureOfStress,
  symmetricMatrix,
  symmetricRows,
  voigtAxes,
  voigtOf,
  voigtPlaces,
} from '../../src/linalg/voigt.js';

const tensor = Float64Array.of(1, 2, 3, 4, 5, 6);

test('components stand in the order xx yy zz yz xz xy', () => {
  const names = ['xx', 'xy', 'xz', 'yx', 'yy', 'yz', 'zx', 'zy', 'zz'];
  expect(voigtAxes.map(([row, column]) => 'xyz'[row] + 'xyz'[column])).toEqual(['xx', 'yy', 'zz', 'yz', 'xz', 'xy']);
  expect(voigtPlaces.map((places) => places.map((place) => names[place]))).toEqual([
    ['xx'],
    ['yy'],
    ['zz'],
    ['yz', 'zy'],
    ['xz', 'zx'],
    ['xy', 'yx'],
  ]);
});

test('a tensor becomes a matrix, rows, and a tensor again', () => {
  expect([...symmetricMatrix(tensor)]).toEqual([1, 6, 5, 6, 2, 4, 5, 4, 3]);
  expect(symmetricRows(tensor)).toEqual([
    [1, 6, 5],
    [6, 2, 4],
    [5, 4, 3],
  ]);
  expect(voigtOf(symmetricMatrix(tensor))).toEqual(tensor);
});

test('of a matrix that is not symmetric the upper half counts', () => {
  expect([...voigtOf([1, 2, 3, 10, 4, 5, 20, 30, 6])]).toEqual([1, 4, 6, 5, 3, 2]);
});

test('a stress that pulls is a negative pressure, whatever its shears', () => {
  expect(pressureOfStress([3, 4, 5, 100, 100, 100])).toBe(-4);
});
