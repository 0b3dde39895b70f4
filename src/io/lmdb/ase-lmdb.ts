import { inflateSync } from 'node:zlib';
import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import { structureOfRow } from '../ase/row.js';
import { isObject, type JsonObject, toNdArray } from '../ase/values.js';
import type { ByteSource } from '../byte-source.js';
import { iterateLmdb, type ValueSpan } from './lmdb.js';

/** A row of an ASE database in LMDB. */
export interface AseLmdbRow extends ValueSpan {
  readonly id: number;
}

/** A row beyond this, unpacked, is no structure. */
const largestRow = 2 ** 28;

/**
 * Finds the rows of an ASE database in LMDB (`.aselmdb`), sorted by their ids: its keys are ids in decimal digits, its values JSON
 * packed by zlib.
 *
 * @throws {LammError} `format`, with the file.
 */
export function locateAseLmdbRows(source: ByteSource): AseLmdbRow[] {
  const rows: AseLmdbRow[] = [];
  for (const [key, span] of iterateLmdb(source)) {
    const word = key.toString('latin1');
    if (/^\d{1,15}$/.test(word)) rows.push({ id: Number(word), ...span });
  }
  if (rows.length > 0) return rows.sort((a, b) => a.id - b.id);
  throw new LammError('format', 'expected an ASE database with rows, found no key that is a number', {
    file: source.file,
  });
}

/** Reads the structure of one row. */
export function readAseLmdbRow(packed: Buffer, id: number, file: string | undefined): Structure {
  return atRow(id, file, () => structureOfRow(parseRow(packed)));
}

/** Number of atoms of a row, without making a structure of it. */
export function atomCountOfRow(source: ByteSource, { id, offset, length }: AseLmdbRow): number {
  return atRow(
    id,
    source.file,
    () => toNdArray(parseRow(source.read(offset, length)).numbers, 'numbers').values.length,
  );
}

/** Reads all rows. */
export function* iterateAseLmdb(source: ByteSource): Generator<Structure> {
  for (const { id, offset, length } of locateAseLmdbRows(source)) {
    yield readAseLmdbRow(source.read(offset, length), id, source.file);
  }
}

/** Errors of a row say which one it is. */
function atRow<T>(id: number, file: string | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LammError) || error.details.file !== undefined) throw error;
    throw new LammError(error.code, `row ${id}: ${error.message}`, { ...error.details, file });
  }
}

function parseRow(packed: Buffer): JsonObject {
  if (packed[0] === 0x80) {
    throw new LammError(
      'format',
      'expected a JSON row packed by zlib, found a pickle (a PyTorch Geometric data set); a pickle can run any program and is not read: convert the set with fairchem to .aselmdb',
    );
  }
  const row = parseJson(unpack(packed));
  if (isObject(row)) return row;
  throw new LammError('format', 'expected a JSON object');
}

function unpack(packed: Buffer): string {
  try {
    return inflateSync(packed, { maxOutputLength: largestRow }).toString('utf8');
  } catch (cause) {
    throw new LammError('format', 'expected a row packed by zlib; it is damaged, or larger than 256 MB', { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LammError('format', 'expected JSON', { cause });
  }
}
