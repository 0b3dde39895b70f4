import { LammError } from '../../errors.js';
import { quote } from '../text/text-cursor.js';
import { changeBasis, parseBasisChange } from './change-of-basis.js';
import { groupOf, type SymmetryOperation, snapFraction } from './operations.js';

/** Lattice points of the centring letters, beside the origin. */
export const centrings: Readonly<Record<string, readonly (readonly number[])[]>> = {
  P: [],
  A: [[0, 1 / 2, 1 / 2]],
  B: [[1 / 2, 0, 1 / 2]],
  C: [[1 / 2, 1 / 2, 0]],
  I: [[1 / 2, 1 / 2, 1 / 2]],
  F: [
    [0, 1 / 2, 1 / 2],
    [1 / 2, 0, 1 / 2],
    [1 / 2, 1 / 2, 0],
  ],
  R: [
    [2 / 3, 1 / 3, 1 / 3],
    [1 / 3, 2 / 3, 2 / 3],
  ],
  S: [
    [1 / 3, 1 / 3, 2 / 3],
    [2 / 3, 2 / 3, 1 / 3],
  ],
  T: [
    [1 / 3, 2 / 3, 1 / 3],
    [2 / 3, 1 / 3, 2 / 3],
  ],
  H: [
    [2 / 3, 1 / 3, 0],
    [1 / 3, 2 / 3, 0],
  ],
};

const unit = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Rotations by 360/N degrees about z; the axes x and y follow by cyclic permutation. */
const aboutZ: Readonly<Record<string, readonly number[]>> = {
  '1': unit,
  '2': [-1, 0, 0, 0, -1, 0, 0, 0, 1],
  '3': [0, -1, 0, 1, -1, 0, 0, 0, 1],
  '4': [0, -1, 0, 1, 0, 0, 0, 0, 1],
  '6': [1, -1, 0, 1, 0, 0, 0, 0, 1],
};

/** Twofold rotations about the diagonals a - b and a + b, which are at right angles to z. */
const aboutDiagonal: Readonly<Record<string, readonly number[]>> = {
  "'": [0, -1, 0, -1, 0, 0, 0, 0, -1],
  '"': [0, 1, 0, 1, 0, 0, 0, 0, -1],
};

/** The threefold rotation about a + b + c. */
const aboutBody = [0, 0, 1, 1, 0, 0, 0, 1, 0];

const translations: Readonly<Record<string, readonly number[]>> = {
  a: [1 / 2, 0, 0],
  b: [0, 1 / 2, 0],
  c: [0, 0, 1 / 2],
  n: [1 / 2, 1 / 2, 1 / 2],
  u: [1 / 4, 0, 0],
  v: [0, 1 / 4, 0],
  w: [0, 0, 1 / 4],
  d: [1 / 4, 1 / 4, 1 / 4],
};

/**
 * The symmetry operations that a Hall symbol such as `-P 2ybc`, `F 4d 2 3 -1d`, `P 31 2 (0 0 4)` or `-P 2ybc (x-z,y,z)`
 * generates, in any setting; underscores stand for blanks.
 *
 * @throws {LammError} `format`, without a place, when it is not a Hall symbol or generates no space group.
 * @see Hall, Acta Cryst. A37, 517 (1981); International Tables for Crystallography B, appendix 1.4.2.
 */
export function operationsOfHallSymbol(symbol: string): SymmetryOperation[] {
  const { inversion, lattice, matrices, basis } = splitSymbol(symbol);
  const generators: SymmetryOperation[] = centrings[lattice].map((translation) => ({ rotation: unit, translation }));
  if (inversion) generators.push({ rotation: unit.map(negated), translation: [0, 0, 0] });
  const axes: Axes = {};
  for (const text of matrices) generators.push(readMatrix(text, axes) ?? fail(symbol, `${quote(text)} is no rotation`));
  const group = groupOf(generators) ?? fail(symbol, 'it generates more operations than a space group has');
  if (basis === undefined) return group;
  const change = readBasis(basis) ?? fail(symbol, `${quote(basis)} is no change of basis`);
  return changeBasis(group, change) ?? fail(symbol, `${quote(basis)} leads to no lattice`);
}

interface HallParts {
  readonly inversion: boolean;
  readonly lattice: string;
  readonly matrices: readonly string[];
  /** What stands in brackets at the end. */
  readonly basis?: string;
}

/** No symbol is longer than this. */
const maxSymbolLength = 200;

function splitSymbol(symbol: string): HallParts {
  if (symbol.length > maxSymbolLength) return fail(symbol, 'it is too long');
  const text = symbol.replaceAll('_', ' ').replaceAll("''", '"').replaceAll('=', '"').trim();
  const [, sign, letter, rest = '', basis] = /^(-?)\s*([pabcirstfh])([^()]*)(?:\(([^()]*)\))?$/i.exec(text) ?? [];
  if (letter === undefined) return fail(symbol, 'it does not begin with the letter of a lattice, such as "-P"');
  const matrices = rest.trim().toLowerCase().split(/\s+/);
  if (matrices[0] === '') return fail(symbol, 'it names no rotation');
  if (matrices.length > 4) return fail(symbol, 'it names more than four rotations');
  return { inversion: sign === '-', lattice: letter.toUpperCase(), matrices, basis };
}

/** The axes of earlier rotations, on which those of later ones depend where they are not written. */
interface Axes {
  first?: number;
  /** Axis (0, 1, 2) of the last rotation along a lattice vector. */
  direction?: number;
}

/** A rotation with its translation, such as `-4`, `31`, `2yb`, `2"`, `3*`. */
function readMatrix(text: string, axes: Axes): SymmetryOperation | undefined {
  const [, sign, order, signs = ''] = /^(-?)([12346])([1-5xyz'"*abcnuvwd]*)$/.exec(text) ?? [];
  if (order === undefined) return undefined;
  const shift = [0, 0, 0];
  let axis: string | undefined;
  let screw = 0;
  for (const character of signs) {
    if (character in translations) translations[character].forEach((value, k) => (shift[k] += value));
    else if (/\d/.test(character) && screw === 0) screw = Number(character);
    else if (/\D/.test(character) && axis === undefined) axis = character;
    else return undefined;
  }
  const { first } = axes;
  axis ??= impliedAxis(Number(order), first);
  const direction = 'xyz'.indexOf(axis);
  const rotation = rotationAbout(axis, order, axes.direction ?? 2);
  if (rotation === undefined || screw >= Number(order) || (screw > 0 && direction < 0)) return undefined;
  if (screw > 0) shift[direction] += screw / Number(order);
  axes.first = first ?? Number(order);
  if (direction >= 0) axes.direction = direction;
  return { rotation: sign === '-' ? rotation.map(negated) : rotation, translation: shift.map(snapFraction) };
}

/**
 * c for the first rotation; a second twofold one is along a behind a twofold or fourfold, along a - b behind a
 * threefold or sixfold one.
 */
function impliedAxis(order: number, first: number | undefined): string {
  if (first === undefined || order === 1) return 'z';
  if (order === 2) return first === 2 || first === 4 ? 'x' : "'";
  return order === 3 ? '*' : 'z';
}

function rotationAbout(axis: string, order: string, direction: number): readonly number[] | undefined {
  if (axis === '*') return order === '3' ? aboutBody : undefined;
  if (axis in aboutDiagonal) return order === '2' ? turned(aboutDiagonal[axis], direction) : undefined;
  return turned(aboutZ[order], 'xyz'.indexOf(axis));
}

/** A matrix about z as the same about another axis. */
function turned(matrix: readonly number[], direction: number): readonly number[] {
  const from = (index: number) => (index + 2 - direction) % 3;
  return matrix.map((_, index) => matrix[3 * from(Math.floor(index / 3)) + from(index % 3)]);
}

/** `0 0 1` is a shift in twelfths; `x-z,y,z` are new coordinates; `a-c,b,c` are new lattice vectors. */
function readBasis(text: string): SymmetryOperation | undefined {
  if (text.includes(',')) return parseBasisChange(text);
  const shift = text.trim().split(/\s+/).map(Number);
  if (shift.length !== 3 || !shift.every(Number.isInteger)) return undefined;
  return { rotation: unit, translation: shift.map((value) => value / 12) };
}

function negated(value: number): number {
  return value === 0 ? 0 : -value;
}

function fail(symbol: string, reason: string): never {
  throw new LammError('format', `expected a Hall symbol such as "-P 2ybc", found ${quote(symbol)}: ${reason}`);
}
