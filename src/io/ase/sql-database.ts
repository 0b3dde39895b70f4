import { existsSync, statSync } from 'node:fs';
import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { openSqlTable, type SqlRow, type SqlTable } from '../sqlite/sqlite.js';
import type { SqlValue } from '../sqlite/sqlite-record.js';
import { parseJson } from '../text/json.js';
import { decodeNumbers, widthOfType } from './number-types.js';
import { structureOfRow } from './row.js';
import { isObject, type JsonObject, type NdArray } from './values.js';

/** Columns that hold arrays of numbers, and the type of these. */
const arrays: Readonly<Record<string, 'float64' | 'int32'>> = {
  ...{ numbers: 'int32', tags: 'int32', positions: 'float64', cell: 'float64', momenta: 'float64', masses: 'float64' },
  ...{
    initial_magmoms: 'float64',
    initial_charges: 'float64',
    forces: 'float64',
    stress: 'float64',
    dipole: 'float64',
  },
  ...{ magmoms: 'float64', charges: 'float64' },
};

/** Columns that only make queries faster, or say who made the row. */
const left: ReadonlySet<string> = new Set([
  'username',
  'calculator_parameters',
  'fmax',
  'smax',
  'volume',
  'mass',
  'charge',
]);

/**
 * Reads all rows of an ASE database in SQLite (`.db`), in the order of their ids.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with the file and the id of the row.
 */
export function* iterateSqlDatabase(source: ByteSource): Generator<Structure> {
  const { file } = source;
  let count = 0;
  for (const { row } of openSystems(source).locate()) {
    count++;
    yield readSystem(row, file);
  }
  if (count === 0) throw new LammError('format', 'expected at least one row, found an empty database', { file });
}

/** The table of structures of an ASE database. */
export function openSystems(source: ByteSource): SqlTable {
  assertAtRest(source.file);
  return openSqlTable(source, 'systems');
}

/** The structure of a row of an ASE database. */
export function readSystem(row: SqlRow, file: string | undefined): Structure {
  return atRow(row, file, () => structureOfRow(toJsonRow(row)));
}

/** Number of atoms of a row, without making a structure of it. */
export function atomCountOfSystem(row: SqlRow, file: string | undefined): number {
  return atRow(row, file, () => decodeArray('numbers', row.get('numbers') ?? null).values.length);
}

/** Errors of a row say which one it is. */
function atRow<T>(row: SqlRow, file: string | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LammError) || error.details.file !== undefined) throw error;
    throw new LammError(error.code, `row ${row.get('id')}: ${error.message}`, { ...error.details, file });
  }
}

/** What a program has not yet written into the database, or what it left in a crash, stands in files beside it. */
function assertAtRest(file: string | undefined): void {
  for (const ending of ['-wal', '-journal']) {
    const path = `${file}${ending}`;
    if (file === undefined || !existsSync(path) || statSync(path).size === 0) continue;
    throw new LammError(
      'format',
      `the database is being written (${path} is not empty); open and close it with ASE or sqlite3 first`,
      { file },
    );
  }
}

function toJsonRow(row: SqlRow): JsonObject {
  const entries = [...row].flatMap(([name, value]): [string, unknown][] => {
    if (value === null || left.has(name)) return [];
    if (name === 'pbc') return [[name, [1, 2, 4].map((bit) => (Number(value) & bit) !== 0)]];
    if (name === 'data' && value instanceof Buffer) return [[name, decodeData(value)]];
    return [[name, Object.hasOwn(arrays, name) ? decodeArray(name, value) : value]];
  });
  return Object.fromEntries(entries);
}

function decodeArray(name: string, value: SqlValue): NdArray {
  const type = arrays[name];
  if (!(value instanceof Buffer))
    throw new LammError('format', `expected an array of numbers for ${name}`, { quantity: name });
  const values = decodeNumbers(value, type);
  const bad = values.find((number) => !Number.isFinite(number));
  if (bad !== undefined)
    throw new LammError('format', `expected finite numbers for ${name}, found ${bad}`, { quantity: name });
  const isVector = ['positions', 'forces', 'momenta', 'cell'].includes(name);
  return { shape: isVector ? [values.length / 3, 3] : [values.length], values };
}

/** ASE's binary data: the position of a JSON text, arrays, and that text, which refers to them by their positions. */
function decodeData(bytes: Buffer): JsonObject {
  const start = bytes.length < 8 ? bytes.length : Number(bytes.readBigInt64LE(0));
  try {
    const value = parseJson(bytes.toString('utf8', start));
    return isObject(value) ? resolve(value, bytes) : {};
  } catch (cause) {
    throw new LammError('format', 'expected binary data of ASE in the column data', { cause });
  }
}

function resolve(object: JsonObject, bytes: Buffer): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, resolveValue(value, bytes)]));
}

function resolveValue(value: unknown, bytes: Buffer): unknown {
  if (!isObject(value)) return value;
  const { __ndarray__: reference } = value;
  if (!Array.isArray(reference)) return resolve(value, bytes);
  const [shape, type, offset]: unknown[] = reference;
  const width = widthOfType(String(type));
  if (!Array.isArray(shape) || width === undefined || typeof offset !== 'number') return value;
  const count = shape.reduce<number>((product, size) => product * Number(size), 1);
  const values = decodeNumbers(bytes.subarray(offset, offset + width * count), String(type));
  return values.length === count && values.every(Number.isFinite) ? { shape, values } : value;
}
