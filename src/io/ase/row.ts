import { atomicMasses } from '../../elements.js';
import { LammError } from '../../errors.js';
import { voigtOf } from '../../linalg/voigt.js';
import {
  type AtomProperty,
  createStructure,
  type InfoValue,
  type Labels,
  type Structure,
} from '../../structure/structure.js';
import { infoKey } from '../info-keys.js';
import { parseJson } from '../text/json.js';
import { readConstraints } from './constraints.js';
import { isObject, type JsonObject, toInfoValue, toNdArray, toNumber, toNumbers } from './values.js';

/** Per-atom values beside positions and forces, and whether they are whole numbers. */
const columns: Readonly<Record<string, { readonly integer: boolean }>> = {
  tags: { integer: true },
  initial_magmoms: { integer: false },
  initial_charges: { integer: false },
  magmoms: { integer: false },
  charges: { integer: false },
  energies: { integer: false },
  stresses: { integer: false },
};

/** Keys of a row that are no values of the frame: what is read by name, and the bookkeeping of the database. */
const known: ReadonlySet<string> = new Set([
  ...['numbers', 'positions', 'cell', 'pbc', 'masses', 'momenta', 'constraints', 'energy', 'forces', 'stress'],
  ...[
    'key_value_pairs',
    'data',
    'info',
    'id',
    'ctime',
    'mtime',
    'user',
    'calculator_parameters',
    'natoms',
    'mass',
    'volume',
    'charge',
  ],
]);

/**
 * The structure of a row of an ASE database, or of a frame of a trajectory.
 *
 * Units are ASE's: A, eV, amu; momenta in sqrt(amu eV).  Key-value pairs, data and further results become `info`.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, without a place.
 */
export function structureOfRow(row: JsonObject): Structure {
  if (row.numbers === undefined || row.positions === undefined) {
    throw new LammError(
      'format',
      `expected numbers and positions of the atoms, found the keys ${Object.keys(row).join(', ') || 'none'}`,
    );
  }
  const numbers = toNdArray(row.numbers, 'numbers').values;
  const atomCount = numbers.length;
  if (isGiven(row.natoms)) assertCount(toNumber(row.natoms, 'natoms'), atomCount);
  const cell = row.cell === undefined || row.cell === null ? undefined : toNumbers(row.cell, 9, 'cell');
  const masses = row.masses === undefined ? undefined : toNumbers(row.masses, atomCount, 'masses');
  if (masses?.some((mass) => !(mass > 0)))
    throw new LammError('format', 'expected positive masses', { quantity: 'masses' });
  const momenta = row.momenta === undefined ? undefined : toNumbers(row.momenta, 3 * atomCount, 'momenta');
  const { fixed, constraints, others } = readConstraints(row.constraints, atomCount, cell);
  return createStructure({
    numbers,
    positions: toNumbers(row.positions, 3 * atomCount, 'positions'),
    ...(cell && { cell }),
    pbc: toPbc(row.pbc),
    ...(masses && { masses }),
    ...(momenta && {
      velocities: momenta.map((momentum, index) => momentum / massOf(masses, numbers, Math.floor(index / 3))),
    }),
    ...(fixed && { fixed }),
    ...(constraints && { constraints }),
    labels: labelsOf(row, atomCount),
    info: { ...infoOf(row), ...(others !== undefined && { constraints: others }) },
    arrays: arraysOf(row, atomCount),
  });
}

/** @throws {LammError} `format` when a row says that it has another number of atoms. */
export function assertCount(natoms: number, atomCount: number): void {
  if (natoms === atomCount) return;
  throw new LammError('format', `expected ${natoms} atoms, as natoms says, found ${atomCount}`, { quantity: 'natoms' });
}

function massOf(masses: Float64Array | undefined, numbers: Float64Array, atom: number): number {
  return masses?.[atom] ?? atomicMasses[numbers[atom]] ?? 1; // an unknown number is refused with the structure
}

function toPbc(stored: unknown): [boolean, boolean, boolean] {
  if (stored === undefined || stored === null) return [false, false, false];
  const [a, b, c] =
    typeof stored === 'boolean'
      ? [stored, stored, stored]
      : Array.from(toNumbers(stored, 3, 'pbc'), (flag) => flag !== 0);
  return [a, b, c];
}

function labelsOf({ energy, forces, stress }: JsonObject, atomCount: number): Labels {
  return {
    ...(isGiven(energy) && { energy: toNumber(energy, 'energy') }),
    ...(isGiven(forces) && { forces: toNumbers(forces, 3 * atomCount, 'forces') }),
    ...(isGiven(stress) && { stress: toVoigt(stress) }),
  };
}

/** Six numbers (xx yy zz yz xz xy), or a matrix. */
function toVoigt(stress: unknown): Float64Array {
  const { values } = toNdArray(stress, 'stress');
  if (values.length === 6) return values;
  return voigtOf(toNumbers(stress, 9, 'stress'));
}

function arraysOf(row: JsonObject, atomCount: number): Record<string, AtomProperty> {
  const arrays: Record<string, AtomProperty> = {};
  for (const [name, { integer }] of Object.entries(columns)) {
    if (!isGiven(row[name])) continue;
    const { shape, values } = toNdArray(row[name], name);
    if (shape[0] !== atomCount)
      throw new LammError('format', `expected ${atomCount} rows of ${name}, found ${shape[0] ?? 1}`, {
        quantity: name,
      });
    if (values.length > 0) arrays[name] = { width: values.length / atomCount, values, ...(integer && { integer }) };
  }
  return arrays;
}

function infoOf(row: JsonObject): Record<string, InfoValue> {
  const info = new Map<string, InfoValue>();
  for (const [name, value] of Object.entries(row)) {
    if (!known.has(name) && !Object.hasOwn(columns, name) && isGiven(value)) info.set(name, toInfoValue(value));
  }
  for (const group of [row.data, row.info, row.key_value_pairs]) {
    const entries = typeof group === 'string' ? parseGroup(group) : group;
    if (!isObject(entries)) continue;
    for (const [name, value] of Object.entries(entries)) info.set(infoKey(name, 'row'), toInfoValue(value));
  }
  return Object.fromEntries(info);
}

/** Old databases hold JSON in JSON. */
function parseGroup(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof LammError) throw error;
    return { data: text };
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
