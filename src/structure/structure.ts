import { atomicMasses, atomicNumber, chemicalSymbols, elementCount, isotopeMassOf } from '../elements.js';
import { LammError } from '../errors.js';
import { completeCell, hasVolume } from './cell.js';
import type { Constraint } from './constraint.js';

/** Periodicity along the three lattice vectors. */
export type Pbc = readonly [boolean, boolean, boolean];

/** What a calculator needs: atoms in a cell.  A structure is one; so is the state of a simulation. */
export interface AtomicSystem {
  /** Atomic numbers, [N]. */
  readonly numbers: Uint8Array;
  /** Positions in A, [N x 3], row-major; not wrapped into the cell. */
  readonly positions: Float64Array;
  /**
   * Lattice vectors in A, [3 x 3], one vector a row; a row is zero where there is no vector (never along a periodic
   * direction).
   */
  readonly cell: Float64Array;
  readonly pbc: Pbc;
  /**
   * Where the system was not long ago, as whoever moves it chose: calculators may keep lists that were made there.  It
   * is never written; a new one stands for a new place.
   */
  readonly reference?: SystemReference;
}

/** A place that a system moves away from. */
export interface SystemReference {
  /** In A, [N x 3]. */
  readonly positions: Float64Array;
  /** Lattice vectors in A, [3 x 3]. */
  readonly cell: Float64Array;
}

/** First-principles (or any other) results that came with a structure; what is absent was not given. */
export interface Labels {
  /** Total energy in eV. */
  readonly energy?: number;
  /** Forces in eV/A, [N x 3]. */
  readonly forces?: Float64Array;
  /** Stress in eV/A^3, [6]: xx yy zz yz xz xy, positive under tension. */
  readonly stress?: Float64Array;
}

/** A value from the comment line of a frame; numbers may come as vectors or matrices (rows). */
export type InfoValue = string | number | boolean | readonly InfoValue[];

/** A per-atom column: `width` values for each atom, row-major. */
export interface AtomProperty {
  readonly width: number;
  readonly values: Float64Array | readonly string[] | readonly boolean[];
  /** Whether every number is an integer by declaration; matters only for writing. */
  readonly integer?: boolean;
}

/** Atoms, their cell and everything that was read with them.  Never written after creation. */
export interface Structure extends AtomicSystem {
  /** Masses in amu, [N]; structures that were read one after another may share them. */
  readonly masses: Float64Array;
  /** Velocities in A/(A sqrt(amu/eV)), [N x 3]. */
  readonly velocities?: Float64Array;
  /** 1 for each Cartesian coordinate that may not move, [N x 3]. */
  readonly fixed?: Uint8Array;
  /** Planes and lines that atoms keep to; absent where there are none. */
  readonly constraints?: readonly Constraint[];
  readonly labels: Labels;
  /** Further values of the frame, by key. */
  readonly info: Readonly<Record<string, InfoValue>>;
  /** Further per-atom columns, by key. */
  readonly arrays: Readonly<Record<string, AtomProperty>>;
}

/** Input of `createStructure`: numbers or symbols, positions flat or as rows. */
export interface StructureInput {
  /** Give the masses, too, where D and T are among them. */
  readonly symbols?: readonly string[];
  readonly numbers?: ArrayLike<number>;
  readonly positions: ArrayLike<number> | readonly (readonly number[])[];
  readonly cell?: ArrayLike<number> | readonly (readonly number[])[];
  /** Periodic in all directions when a cell is given, in none otherwise. */
  readonly pbc?: boolean | Pbc;
  readonly masses?: ArrayLike<number>;
  readonly velocities?: ArrayLike<number> | readonly (readonly number[])[];
  readonly fixed?: ArrayLike<number>;
  readonly constraints?: readonly Constraint[];
  readonly labels?: Labels;
  readonly info?: Readonly<Record<string, InfoValue>>;
  readonly arrays?: Readonly<Record<string, AtomProperty>>;
}

/**
 * Creates a checked structure; typed arrays in the input are copied.
 *
 * @throws {LammError} `unknown-element` or `structure`: lengths that do not match, values that are not finite, a
 *   periodic cell without volume.
 */
export function createStructure(input: StructureInput): Structure {
  return buildStructure(input);
}

/**
 * As `createStructure`, for a caller that gives its arrays away: a `Float64Array`, and numbers in a `Uint8Array`,
 * become part of the structure without a copy.  Structures with the same atoms that are made one after another with the
 * same `shared` have the masses of the elements in common.
 *
 * @throws {LammError} as `createStructure`.
 */
export function adoptStructure(input: StructureInput, shared: SharedMasses = {}): Structure {
  return buildStructure(input, shared);
}

/** The masses of the structure that was made last, by whoever makes many: mostly they have the same atoms. */
export interface SharedMasses {
  latest?: Float64Array;
}

function buildStructure(input: StructureInput, shared?: SharedMasses): Structure {
  const isOwner = shared !== undefined;
  const numbers = readNumbers(input, isOwner);
  const atomCount = numbers.length;
  const read = (values: Rows, length: number, name: string): Float64Array => {
    const array = isOwner && values instanceof Float64Array ? values : copyOf(values);
    assertValues(array, length, name);
    return array;
  };
  const positions = read(input.positions, 3 * atomCount, 'positions');
  const cell = input.cell === undefined ? new Float64Array(9) : read(input.cell, 9, 'cell');
  const pbc = readPbc(input);
  assertPeriodicVolume(cell, pbc);
  const { velocities, fixed, constraints = [], labels = {}, info = {}, arrays = {} } = input;
  const masses = input.masses ? read(input.masses, atomCount, 'masses') : massesOf(numbers, input, shared);
  const structure = { numbers, positions, cell, pbc, masses, labels, info, arrays };
  if (velocities === undefined && fixed === undefined && constraints.length === 0) return structure;
  return {
    ...structure,
    ...(velocities && { velocities: read(velocities, 3 * atomCount, 'velocities') }),
    ...(fixed && { fixed: Uint8Array.from(fixed) }),
    ...(constraints.length > 0 && { constraints }),
  };
}

/** Chemical symbols of the atoms, [N]. */
export function symbolsOf(system: Pick<AtomicSystem, 'numbers'>): string[] {
  return Array.from(system.numbers, (number) => chemicalSymbols[number]);
}

/** Chemical formula with carbon first, hydrogen second, the rest alphabetical. */
export function formulaOf(system: Pick<AtomicSystem, 'numbers'>): string {
  const counts = new Map<string, number>();
  for (const symbol of symbolsOf(system)) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  const first = ['C', 'H'];
  const rest = [...counts.keys()].filter((symbol) => !first.includes(symbol)).sort();
  return [...first, ...rest]
    .filter((symbol) => counts.has(symbol))
    .map((symbol) => (counts.get(symbol) === 1 ? symbol : `${symbol}${counts.get(symbol)}`))
    .join('');
}

function readNumbers({ numbers, symbols }: StructureInput, isOwner: boolean): Uint8Array {
  if (numbers === undefined) return Uint8Array.from(symbols ?? [], (symbol) => atomicNumber(symbol));
  for (let atom = 0; atom < numbers.length; atom++) {
    if (Number.isInteger(numbers[atom]) && numbers[atom] >= 1 && numbers[atom] <= elementCount) continue;
    throw new LammError('unknown-element', `expected atomic numbers 1 to ${elementCount}, found ${numbers[atom]}`);
  }
  return isOwner && numbers instanceof Uint8Array ? numbers : new Uint8Array(numbers);
}

function massesOf(numbers: Uint8Array, { symbols = [] }: StructureInput, shared?: SharedMasses): Float64Array {
  if (symbols.some((symbol) => isotopeMassOf(symbol) !== undefined))
    return Float64Array.from(numbers, (number, atom) => isotopeMassOf(symbols[atom]) ?? atomicMasses[number]);
  if (shared?.latest && areMassesOf(shared.latest, numbers)) return shared.latest;
  const masses = new Float64Array(numbers.length);
  for (let atom = 0; atom < masses.length; atom++) masses[atom] = atomicMasses[numbers[atom]];
  if (shared) shared.latest = masses;
  return masses;
}

function areMassesOf(masses: Float64Array, numbers: Uint8Array): boolean {
  if (masses.length !== numbers.length) return false;
  for (let atom = 0; atom < masses.length; atom++) {
    if (masses[atom] !== atomicMasses[numbers[atom]]) return false;
  }
  return true;
}

type Rows = ArrayLike<number> | readonly (readonly number[])[];

function copyOf(input: Rows): Float64Array {
  const nested = Array.isArray(input) && Array.isArray(input[0]);
  return new Float64Array(nested ? (input as number[][]).flat() : (input as ArrayLike<number>)); // checked just above
}

function assertValues(values: Float64Array, length: number, name: string): void {
  if (values.length !== length) {
    throw new LammError('structure', `expected ${length} numbers for ${name}, found ${values.length}`, {
      quantity: name,
    });
  }
  for (let index = 0; index < length; index++) {
    if (Number.isFinite(values[index])) continue;
    throw new LammError(
      'structure',
      `${name} must be finite, found ${values[index]} in row ${Math.floor(index / 3) + 1}`,
      { quantity: name },
    );
  }
}

function readPbc({ pbc, cell }: StructureInput): Pbc {
  if (pbc === undefined) return cell === undefined ? [false, false, false] : [true, true, true];
  return typeof pbc === 'boolean' ? [pbc, pbc, pbc] : pbc;
}

function assertPeriodicVolume(cell: Float64Array, pbc: Pbc): void {
  for (let axis = 0; axis < 3; axis++) {
    const [x, y, z] = [cell[3 * axis], cell[3 * axis + 1], cell[3 * axis + 2]];
    if (pbc[axis] && x * x + y * y + z * z < 1e-12) {
      throw new LammError(
        'structure',
        `the structure is periodic along lattice vector ${axis + 1}, but that vector is zero`,
        {
          quantity: 'cell',
        },
      );
    }
  }
  if (pbc.includes(true) && !hasVolume(cell)) completeCell(cell); // throws when flat
}
