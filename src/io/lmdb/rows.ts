import { inflateSync } from 'node:zlib';
import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import { structureOfRow } from '../ase/row.js';
import { isObject, type JsonObject, toNdArray } from '../ase/values.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { InputBudget } from '../bytes/input-budget.js';
import { parseJson } from '../text/json.js';
import { type GraphAttributes, parseGraph } from './graph-pickle.js';
import { atomCountOfGraph, type GraphOptions, structureOfGraph } from './graph-structure.js';
import { iterateLmdb, type ValueSpan } from './lmdb.js';

/** A row of a database: a value under a number. */
export interface LmdbRow extends ValueSpan {
  readonly id: number;
}

/** A row beyond this, unpacked, is no structure. */
const maxRowBytes = 2 ** 25;

/**
 * Finds the rows of a database, sorted by their numbers: an ASE database in LMDB (`.aselmdb`), whose values are JSON
 * packed by zlib, or a data set of fairchem's first generation (`.lmdb`), whose values are pickled graphs.
 *
 * @throws {LammError} `format`, with the file.
 */
export function locateLmdbRows(source: ByteSource): LmdbRow[] {
  const rows: LmdbRow[] = [];
  for (const [key, span] of iterateLmdb(source)) {
    const word = key.toString('latin1');
    if (/^\d{1,15}$/.test(word)) rows.push({ id: Number(word), ...span });
  }
  if (rows.length > 0) return rows.sort((a, b) => a.id - b.id);
  throw new LammError('format', 'expected rows of structures, found no key that is a number', { file: source.file });
}

/** Reads the structure of one row. */
export function readLmdbRow(
  bytes: Buffer,
  {
    id,
    file,
    budget,
    ...options
  }: GraphOptions & { readonly id: number; readonly file: string | undefined; readonly budget?: InputBudget },
): Structure {
  return atRow(id, file, () => {
    const row = parseRow(bytes, budget);
    return row.kind === 'graph' ? structureOfGraph(row.graph, options) : structureOfRow(row.json);
  });
}

/** Number of atoms of a row, without making a structure of it. */
export function atomCountOfRow(source: ByteSource, { id, offset, length }: LmdbRow): number {
  return atRow(id, source.file, () => {
    const row = parseRow(source.read(offset, length));
    return row.kind === 'graph' ? atomCountOfGraph(row.graph) : toNdArray(row.json.numbers, 'numbers').values.length;
  });
}

/** Reads all rows. */
export function* iterateLmdbRows(source: ByteSource, options: GraphOptions = {}): Generator<Structure> {
  for (const { id, offset, length } of locateLmdbRows(source)) {
    yield readLmdbRow(source.read(offset, length), { ...options, id, file: source.file, budget: source.budget });
  }
}

/** Errors of a row say which one it is; here a pickle is a part of a format. */
function atRow<T>(id: number, file: string | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LammError) || error.details.file !== undefined) throw error;
    const code = error.code === 'checkpoint' ? 'format' : error.code;
    throw new LammError(code, `row ${id}: ${error.message}`, { ...error.details, file });
  }
}

type Row =
  | { readonly kind: 'graph'; readonly graph: GraphAttributes }
  | { readonly kind: 'json'; readonly json: JsonObject };

/** Without a budget of the whole file, a row has its own. */
function parseRow(bytes: Buffer, budget = new InputBudget(undefined, bytes.length)): Row {
  const unpacked = isPickle(bytes) ? bytes : unpack(bytes);
  if (unpacked !== bytes) budget.unpack(unpacked.length);
  if (isPickle(unpacked)) return { kind: 'graph', graph: parseGraph(unpacked, budget) };
  const json = readJson(unpacked.toString('utf8'), budget);
  if (isObject(json)) return { kind: 'json', json };
  throw new LammError('format', 'expected a JSON object');
}

/** The first byte of a pickle since Python 2.3. */
function isPickle(bytes: Buffer): boolean {
  return bytes[0] === 0x80;
}

function unpack(packed: Buffer): Buffer {
  try {
    return inflateSync(packed, { maxOutputLength: maxRowBytes });
  } catch (cause) {
    throw new LammError(
      'format',
      'expected a row packed by zlib, or a pickled graph; it is something else, damaged, or larger than 32 MB',
      { cause },
    );
  }
}

function readJson(text: string, budget: InputBudget): unknown {
  try {
    return parseJson(text, (bytes) => budget.allow(bytes, 'the JSON'));
  } catch (cause) {
    if (cause instanceof LammError) throw cause;
    const reason = cause instanceof Error ? ` (${cause.message})` : '';
    throw new LammError('format', `expected JSON, found something else${reason}`, { cause });
  }
}
