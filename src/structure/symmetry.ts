import { analyze_cell, type MoyoDataset, space_group_type } from '@spglib/moyo-wasm';
import { chemicalSymbols } from '../elements.js';
import { LammError } from '../errors.js';
import { inverse3 } from '../linalg/matrix3.js';
import { multiplyRows } from './cell.js';
import { loadMoyo, rowsOfColumns } from './moyo-library.js';
import { type CrystalOperation, changeBasis, reduceMonoclinic } from './standard-monoclinic.js';
import { type AtomicSystem, createStructure, type Structure } from './structure.js';
import { defaultTolerance } from './symmetry-tolerance.js';

export type { CrystalOperation };

/** The space group of a crystal. */
export interface SpaceGroup {
  /** Number of the space group, 1 to 230. */
  readonly number: number;
  /** Hermann-Mauguin symbol. */
  readonly symbol: string;
  /** Number of the setting, 1 to 530: the first of the group, as spglib chooses it. */
  readonly hallNumber: number;
  /** Hermann-Mauguin symbol of the crystal class. */
  readonly pointGroup: string;
}

/** Symmetry of a crystal in its own cell. */
export interface CrystalSymmetry extends SpaceGroup {
  /** All operations of the cell as given, its internal translations included. */
  readonly operations: readonly CrystalOperation[];
}

/**
 * Finds the space group of a crystal; atoms may be off their places by `tolerance` A.
 *
 * @throws {LammError} `usage` when it is not periodic in all directions; `structure` when no group fits.
 */
export function findSymmetry(system: AtomicSystem, tolerance = defaultTolerance): CrystalSymmetry {
  const { number, hm_symbol: symbol, hall_number: hallNumber, operations } = analyze(system, tolerance);
  return {
    number,
    symbol,
    hallNumber,
    pointGroup: space_group_type(number).geometric_crystal_class,
    operations: operations.map(({ rotation, translation }) => ({ rotation: rowsOfColumns(rotation), translation })),
  };
}

/**
 * The structure type of a crystal: the same for all crystals with atoms on the same kinds of places of the same space
 * group.
 */
export interface Prototype {
  /** Number and Hermann-Mauguin symbol of the space group. */
  readonly number: number;
  readonly symbol: string;
  /**
   * Anonymous formula, Pearson symbol, number of the group and Wyckoff letters element by element: `AB2_hP9_152_a_c`.
   */
  readonly prototype: string;
}

/**
 * Names the structure type of a crystal as AFLOW does, elements in the order of their symbols.  Free coordinates are
 * not compared, and another choice of origin may give other letters: equal names say alike, different ones not always
 * unlike.
 *
 * @throws {LammError} as `findSymmetry`.
 * @see Mehl et al., Comput. Mater. Sci. 136, S1 (2017).
 */
export function describePrototype(system: AtomicSystem, tolerance = defaultTolerance): Prototype {
  const { number, hm_symbol: symbol, pearson_symbol: pearson, orbits, wyckoffs } = analyze(system, tolerance);
  const elements = new Map<string, { atoms: number; letters: string[] }>();
  const seen = new Set<number>();
  for (let atom = 0; atom < orbits.length; atom++) {
    const element = chemicalSymbols[system.numbers[atom]];
    let entry = elements.get(element);
    if (entry === undefined) {
      entry = { atoms: 0, letters: [] };
      elements.set(element, entry);
    }
    entry.atoms++;
    if (seen.has(orbits[atom])) continue;
    seen.add(orbits[atom]);
    entry.letters.push(wyckoffs[atom]);
  }
  const sorted = [...elements].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  const divisor = sorted.reduce((common, { atoms }) => greatestCommonDivisor(common, atoms), 0);
  const formula = sorted.map(({ atoms }, index) => letterOf(index) + countOf(atoms / divisor)).join('');
  const places = sorted.map(({ letters }) => wyckoffSequence(letters));
  return { number, symbol, prototype: [formula, pearson, number, ...places].join('_') };
}

function letterOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

function countOf(count: number): string {
  return count === 1 ? '' : String(count);
}

/** `b, a, b` becomes `a2b`: letters in order, each behind how often it occurs. */
function wyckoffSequence(letters: readonly string[]): string {
  const sorted = [...letters].sort();
  let sequence = '';
  for (let start = 0, end = 1; start < sorted.length; start = end++) {
    while (sorted[end] === sorted[start]) end++;
    sequence += countOf(end - start) + sorted[start];
  }
  return sequence;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * The atoms in the standard primitive or conventional cell of their space group, turned as the standard says and put
 * exactly on their places.
 *
 * @throws {LammError} as `findSymmetry`.
 */
export function standardCell(
  system: AtomicSystem,
  kind: 'primitive' | 'conventional',
  tolerance = defaultTolerance,
): Structure {
  const { std_cell: conventional, prim_std_cell: primitive, number } = analyze(system, tolerance);
  const { lattice, positions, numbers } = kind === 'primitive' ? primitive : conventional;
  const cell = lattice.basis;
  const standard = createStructure({ numbers, positions: multiplyRows(positions.flat(), cell), cell });
  const isMonoclinic = number >= 3 && number <= 15;
  if (!isMonoclinic || kind === 'primitive') return standard;
  const change = reduceMonoclinic(standard.cell, findSymmetry(standard, tolerance).operations);
  return createStructure({ numbers, ...changeBasis(standard, change) });
}

function analyze({ numbers, positions, cell, pbc }: AtomicSystem, tolerance: number): MoyoDataset {
  if (!pbc.every(Boolean)) {
    throw new LammError('usage', 'symmetry: expected a structure that is periodic in all directions', {
      quantity: 'pbc',
    });
  }
  loadMoyo();
  const fractional = multiplyRows(positions, inverse3(cell));
  const crystal = {
    lattice: { basis: Array.from(cell) },
    positions: triplesOf(fractional),
    numbers: Array.from(numbers),
  };
  try {
    return analyze_cell(JSON.stringify(crystal), tolerance, 'Spglib');
  } catch (cause) {
    throw new LammError('structure', `symmetry: no space group was found within ${tolerance} A: ${String(cause)}`, {
      cause,
    });
  }
}

/** Rows of three, [N x 3]. */
function triplesOf(values: Float64Array): number[][] {
  const triples: number[][] = [];
  for (let index = 0; index < values.length; index += 3)
    triples.push([values[index], values[index + 1], values[index + 2]]);
  return triples;
}
