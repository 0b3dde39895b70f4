import { determinant3, inverse3, multiply3, transpose3 } from '../../linalg/matrix3.js';
import { groupOf, isTranslation, parseLinear, type SymmetryOperation, snapFraction } from './operations.js';

/**
 * Reads new coordinates such as `x-z,y,z+1/4`, or new lattice vectors such as `a-c,b,c`; `undefined` for anything else.
 * The answer maps old coordinates to new ones; its rotation need not be of integers.
 */
export function parseBasisChange(text: string): SymmetryOperation | undefined {
  const isVectors = /[abc]/i.test(text);
  const parts = text
    .toLowerCase()
    .replace(/[abc]/g, (letter) => 'xyz'['abc'.indexOf(letter)])
    .split(',');
  const rows = parts.flatMap((part) => parseLinear(part.replace(/\s+/g, '')) ?? []);
  const matrix = rows.flatMap(({ coefficients }) => coefficients);
  if (parts.length !== 3 || rows.length !== 3 || Math.abs(determinant3(matrix)) < 1e-6) return undefined;
  const rotation = isVectors ? inverse3(transpose3(matrix)) : matrix;
  return { rotation: Array.from(rotation), translation: rows.map(({ shift }) => shift) };
}

/**
 * A space group in other coordinates, `V W V^-1` of each operation W; `undefined` when the new axes are no lattice
 * vectors or the operations are then not of integers.
 */
export function changeBasis(
  group: readonly SymmetryOperation[],
  change: SymmetryOperation,
): SymmetryOperation[] | undefined {
  const inverse = inverse3(change.rotation);
  if (!axes.every((axis) => isLatticeVector(apply(inverse, axis), group))) return undefined;
  const lattice = axes.map((axis) => ({ rotation: unit, translation: apply(change.rotation, axis).map(snapFraction) }));
  const operations: SymmetryOperation[] = [];
  for (const { rotation, translation } of group) {
    const turned = Array.from(multiply3(multiply3(change.rotation, rotation), inverse));
    const rounded = turned.map((value) => Math.round(value) + 0);
    if (turned.some((value, index) => Math.abs(value - rounded[index]) > 1e-6)) return undefined;
    const moved = apply(change.rotation, translation);
    const back = apply(rounded, change.translation);
    const shift = moved.map((value, axis) => snapFraction(value + change.translation[axis] - back[axis]));
    operations.push({ rotation: rounded, translation: shift });
  }
  return groupOf([...lattice, ...operations]);
}

const unit = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const axes = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

function apply(matrix: ArrayLike<number>, [x, y, z]: readonly number[]): number[] {
  return [0, 3, 6].map((row) => matrix[row] * x + matrix[row + 1] * y + matrix[row + 2] * z);
}

/** Whether a vector leads from one point of the lattice to another, centring included. */
function isLatticeVector(vector: readonly number[], group: readonly SymmetryOperation[]): boolean {
  return group
    .filter(isTranslation)
    .some(({ translation }) =>
      translation.every((value, axis) => Math.abs(vector[axis] - value - Math.round(vector[axis] - value)) < 1e-4),
    );
}
