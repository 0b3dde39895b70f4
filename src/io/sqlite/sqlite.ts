import { LammError } from '../../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { columnsOf } from './columns.js';
import { decodeRecord, readVarint, type SqlValue } from './sqlite-record.js';

/** A row of a table by the names of its columns. */
export type SqlRow = ReadonlyMap<string, SqlValue>;

interface Database {
  readonly source: ByteSource;
  readonly pageSize: number;
  /** Bytes of a page that hold data. */
  readonly usable: number;
}

const pageTypes = { interiorTable: 0x05, leafTable: 0x0d } as const;
const maxDepth = 40;
/** A value beyond this is none of ours. */
const maxRowBytes = 2 ** 28;

/** Where a row begins. */
export interface SqlRowPlace {
  readonly id: number;
  /** Byte of the file. */
  readonly offset: number;
}

/** A table whose rows can be read in any order. */
export interface SqlTable {
  /** All rows, in the order of their ids. */
  locate(): Generator<SqlRowPlace & { readonly row: SqlRow }>;
  /** The row that begins at a byte that `locate` gave. */
  read(offset: number): SqlRow;
}

/**
 * Opens a table of an SQLite 3 file; nothing is locked or written.
 *
 * @see https://www.sqlite.org/fileformat2.html
 * @throws {LammError} `format` when the file is no such database, is damaged or cut off, or has no such table; here or
 *   when rows are read.
 */
export function openSqlTable(source: ByteSource, table: string): SqlTable {
  const database = openDatabase(source);
  const schema = [...walk(database, { page: 1, depth: maxDepth, budget: budgetOf(database) })].map(
    ({ values }) => values,
  );
  const entry = schema.find(([type, name]) => type === 'table' && name === table);
  const [, , , root, sql] = entry ?? [];
  if (typeof root !== 'number' || typeof sql !== 'string') {
    const tables = schema.filter(([type]) => type === 'table').map(([, name]) => String(name));
    fail(source, `expected the table "${table}", found ${tables.join(', ') || 'none'}`);
  }
  const columns = columnsOf(sql, source.file);
  // the column that is the id is stored as NULL
  const toRow = ({ id, values }: StoredRow): SqlRow =>
    new Map(columns.map(({ name, isId }, index) => [name, isId ? id : (values[index] ?? null)]));
  const stored = () => walk(database, { page: root, depth: maxDepth, budget: budgetOf(database) });
  return {
    *locate() {
      for (const row of stored()) yield { id: row.id, offset: row.offset, row: toRow(row) };
    },
    read(offset) {
      const page = Math.floor(offset / database.pageSize) + 1;
      return toRow(
        readCell(database, { number: page, page: readPage(database, page), offset: offset % database.pageSize }),
      );
    },
  };
}

function openDatabase(source: ByteSource): Database {
  const start = source.read(0, Math.min(100, source.size));
  if (start.length < 100 || start.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    fail(source, 'expected an SQLite 3 database, found something else');
  }
  const size = start.readUInt16BE(16);
  const pageSize = size === 1 ? 65_536 : size;
  const usable = pageSize - start[20];
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0 || usable < 480)
    fail(source, `expected a page size, found ${pageSize}`);
  const encoding = start.readUInt32BE(56);
  if (encoding > 1) fail(source, 'expected texts in UTF-8, found UTF-16');
  return { source, pageSize, usable };
}

interface Position {
  readonly page: number;
  readonly depth: number;
  /**
   * Pages and bytes of rows that a sound tree can still have; a damaged one might go in circles, or have rows in the
   * same place.
   */
  readonly budget: { pages: number; bytes: number };
}

function budgetOf({ source, pageSize }: Database): Position['budget'] {
  return { pages: Math.ceil(source.size / pageSize), bytes: source.size };
}

interface StoredRow extends SqlRowPlace {
  readonly values: readonly SqlValue[];
}

function* walk(database: Database, { page: number, depth, budget }: Position): Generator<StoredRow> {
  const { source, pageSize } = database;
  if (depth <= 0 || budget.pages-- <= 0) fail(source, 'a table is deeper or larger than the file; it is damaged');
  const page = readPage(database, number);
  const start = number === 1 ? 100 : 0;
  const type = page[start];
  const isInterior = type === pageTypes.interiorTable;
  if (!isInterior && type !== pageTypes.leafTable)
    fail(source, `expected a page of a table at page ${number}, found the type ${type}`);
  const count = page.readUInt16BE(start + 3);
  const pointers = start + (isInterior ? 12 : 8);
  if (pointers + 2 * count > pageSize) fail(source, `page ${number} is damaged`);
  for (let cell = 0; cell < count; cell++) {
    const offset = page.readUInt16BE(pointers + 2 * cell);
    if (offset + 4 > pageSize) fail(source, `page ${number} is damaged`);
    if (isInterior) yield* walk(database, { page: page.readUInt32BE(offset), depth: depth - 1, budget });
    else {
      budget.bytes -= readVarint(page, offset).value;
      if (budget.bytes < 0) fail(source, 'the rows of a table are longer than the file; it is damaged');
      yield readCell(database, { number, page, offset });
    }
  }
  if (isInterior) yield* walk(database, { page: page.readUInt32BE(start + 8), depth: depth - 1, budget });
}

interface Cell {
  readonly number: number;
  readonly page: Buffer;
  /** In the page. */
  readonly offset: number;
}

function readCell(database: Database, { number, page, offset }: Cell): StoredRow {
  const { source, pageSize, usable } = database;
  const size = readVarint(page, offset);
  const id = readVarint(page, offset + size.length);
  const start = offset + size.length + id.length;
  if (size.value > maxRowBytes || size.value > source.size)
    fail(source, `a row says that it has ${size.value} bytes; the file is damaged`);
  const local = localSize(size.value, usable);
  if (start + local + (local < size.value ? 4 : 0) > page.length)
    fail(source, 'a row does not fit into its page; the file is damaged');
  const pieces = [page.subarray(start, start + local)];
  let missing = size.value - local;
  for (let next = missing > 0 ? page.readUInt32BE(start + local) : 0; missing > 0; ) {
    const overflow = readPage(database, next);
    const length = Math.min(missing, usable - 4);
    pieces.push(overflow.subarray(4, 4 + length));
    missing -= length;
    next = overflow.readUInt32BE(0);
  }
  const values = decodeRecord(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
  return {
    id: id.value,
    offset: (number - 1) * pageSize + offset,
    values: values ?? fail(source, `row ${id.value} is damaged`),
  };
}

/** How many bytes of a row lie in its page; the rest lies in pages of overflow. */
function localSize(size: number, usable: number): number {
  if (size <= usable - 35) return size;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const preferred = least + ((size - least) % (usable - 4));
  return preferred <= usable - 35 ? preferred : least;
}

function readPage({ source, pageSize }: Database, number: number): Buffer {
  if (number < 1) fail(source, 'expected the number of a page, found 0; the file is damaged');
  return source.read((number - 1) * pageSize, pageSize);
}

function fail({ file }: ByteSource, message: string): never {
  throw new LammError('format', message, { file });
}
