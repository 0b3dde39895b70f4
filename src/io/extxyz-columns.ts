import { elementCount } from '../elements.js';
import { LammError } from '../errors.js';
import type { AtomProperty } from '../structure/structure.js';
import { parseLogical } from './extxyz-comment.js';
import { parseNumber, quote, type TextCursor } from './text-cursor.js';

/** One entry of `Properties=name:kind:width:...`; S text, R real, I integer, L logical. */
export interface Column {
  readonly name: string;
  readonly kind: 'S' | 'R' | 'I' | 'L';
  readonly width: number;
}

/** The columns of a row. */
export interface Layout {
  readonly columns: readonly Column[];
  /** How many words they make. */
  readonly width: number;
  /** Whether a row may have further words. */
  readonly isOpen: boolean;
}

/** Plain XYZ. */
export const plainLayout: Layout = {
  columns: [
    { name: 'species', kind: 'S', width: 1 },
    { name: 'pos', kind: 'R', width: 3 },
  ],
  width: 4,
  isOpen: true,
};

/** What the rows of a frame hold. */
export interface Columns {
  /** Atomic numbers [N], from `species` or else `Z`. */
  readonly numbers: Uint8Array;
  /** Every other column, by name. */
  readonly properties: Map<string, AtomProperty>;
}

/** The frames of a file mostly have the same columns. */
let latest: { readonly text: string; readonly layout: Layout } | undefined;

/** @throws {LammError} `format`, without a place, when the text is not a list of columns with species (or Z) and pos. */
export function parseLayout(text: string): Layout {
  if (latest?.text === text) return latest.layout;
  const columns = parseColumns(text);
  const layout = { columns, width: columns.reduce((sum, { width }) => sum + width, 0), isOpen: false };
  latest = { text, layout };
  return layout;
}

function parseColumns(text: string): Column[] {
  const fields = text.split(':');
  const example = 'expected Properties such as species:S:1:pos:R:3';
  if (fields.length % 3 !== 0) return fail(`${example}, found ${quote(text)}`);
  const columns: Column[] = [];
  for (let start = 0; start < fields.length; start += 3) columns.push(parseColumn(fields.slice(start, start + 3)));
  const names = columns.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return fail(`the column ${quote(repeated)} stands twice in Properties`);
  const has = (name: string, kinds: string, width: number) =>
    columns.some((column) => column.name === name && kinds.includes(column.kind) && column.width === width);
  if (!has('pos', 'R', 3)) return fail(`${example}: there is no column pos:R:3`);
  if (!has('species', 'S', 1) && !has('Z', 'I', 1)) return fail(`${example}: there is neither species:S:1 nor Z:I:1`);
  return columns;
}

/**
 * Reads the rows of one frame; `cursor` stands at the first one and ends behind the last.
 *
 * @returns how many rows there are when the bytes end before the last one.
 * @throws {LammError} `format` or `unknown-element`, with file and line.
 */
export function readRows(
  cursor: TextCursor,
  { columns, width, isOpen }: Layout,
  { atomCount, firstLine, file }: { atomCount: number; firstLine: number; file?: string },
): Columns | number {
  const readers = columns.map((column) => createReader(column, columns, atomCount));
  for (let atom = 0; atom < atomCount; atom++) {
    if (cursor.isAtEnd) return atom;
    for (const reader of readers) {
      const read = reader.read(cursor, atom);
      if (read < reader.width) throw rowError(cursor, { file, line: firstLine + atom }, { reader, width });
    }
    if (cursor.nextWord() && !isOpen)
      throw new LammError('format', `expected ${width} words in this row, found more`, {
        file,
        line: firstLine + atom,
      });
    cursor.skipLine();
  }
  return collect(columns, readers, atomCount);
}

/** Where one column goes. */
interface ColumnReader {
  readonly name: string;
  readonly width: number;
  /** What a word of the column is, for messages. */
  readonly expected: string;
  readonly values: Float64Array | Uint8Array | string[] | boolean[];
  /** Reads the words of one atom and returns how many were good. */
  read(cursor: TextCursor, atom: number): number;
}

function createReader({ name, kind, width }: Column, columns: readonly Column[], atomCount: number): ColumnReader {
  const isSpecies = name === 'species' || (name === 'Z' && !columns.some((column) => column.name === 'species'));
  if (isSpecies) return elementReader(name, new Uint8Array(atomCount));
  if (kind === 'R') return realReader(name, width, new Float64Array(atomCount * width));
  if (kind === 'I') return integerReader(name, width, new Float64Array(atomCount * width));
  return kind === 'L' ? logicalReader(name, width) : textReader(name, width);
}

function elementReader(name: string, values: Uint8Array): ColumnReader {
  const read = (cursor: TextCursor, atom: number): number => {
    if (!cursor.nextWord()) return 0;
    values[atom] = cursor.readSymbol();
    if (values[atom] > 0) return 1;
    const word = cursor.word();
    const number = /^\d{1,3}$/.test(word) ? Number(word) : 0;
    if (number < 1 || number > elementCount) return 0;
    values[atom] = number;
    return 1;
  };
  return { name, width: 1, values, read, expected: 'a chemical symbol such as Cu' };
}

/** Columns in which NaN or infinity cannot be meant. */
const finiteColumns: ReadonlySet<string> = new Set(['pos', 'forces', 'momenta', 'velocities', 'masses']);

function realReader(name: string, width: number, values: Float64Array): ColumnReader {
  const mustBeFinite = finiteColumns.has(name);
  const read = (cursor: TextCursor, atom: number): number => {
    let done = cursor.readNumbers(values, atom * width, width);
    while (done < width && !mustBeFinite && nonFiniteWords.has(cursor.word().toLowerCase())) {
      values[atom * width + done] = nonFiniteWords.get(cursor.word().toLowerCase()) ?? Number.NaN;
      done += 1 + cursor.readNumbers(values, atom * width + done + 1, width - done - 1);
    }
    return done;
  };
  return { name, width, values, read, expected: 'a finite number' };
}

const nonFiniteWords: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
]);

function integerReader(name: string, width: number, values: Float64Array): ColumnReader {
  const read = (cursor: TextCursor, atom: number): number => {
    for (let index = 0; index < width; index++) {
      const isRead = cursor.readNumbers(values, atom * width + index, 1) === 1;
      if (!isRead || !Number.isSafeInteger(values[atom * width + index])) return index;
    }
    return width;
  };
  return { name, width, values, read, expected: 'an integer' };
}

function logicalReader(name: string, width: number): ColumnReader {
  const values: boolean[] = [];
  const read = (cursor: TextCursor, atom: number): number => {
    for (let index = 0; index < width; index++) {
      const word = cursor.nextWord() ? cursor.readWord() : '';
      const value = word === '1' || word === '0' ? word === '1' : parseLogical(word);
      if (value === undefined) return index;
      values[atom * width + index] = value;
    }
    return width;
  };
  return { name, width, values, read, expected: 'T or F' };
}

function textReader(name: string, width: number): ColumnReader {
  const values: string[] = [];
  const read = (cursor: TextCursor, atom: number): number => {
    for (let index = 0; index < width; index++) {
      if (!cursor.nextWord()) return index;
      values[atom * width + index] = cursor.readWord();
    }
    return width;
  };
  return { name, width, values, read, expected: 'a word' };
}

function collect(columns: readonly Column[], readers: readonly ColumnReader[], atomCount: number): Columns {
  const properties = new Map<string, AtomProperty>();
  let numbers: Uint8Array = new Uint8Array(atomCount);
  readers.forEach(({ name, width, values }, index) => {
    if (values instanceof Uint8Array) numbers = values;
    else properties.set(name, { width, values, ...(columns[index].kind === 'I' && { integer: true }) });
  });
  return { numbers, properties };
}

function parseColumn([name, kind, widthText]: readonly string[]): Column {
  if (name === '') return fail('a column in Properties has no name');
  if (kind !== 'S' && kind !== 'R' && kind !== 'I' && kind !== 'L') {
    return fail(`expected the kind S, R, I or L for the column ${quote(name)} in Properties, found ${quote(kind)}`);
  }
  const width = /^\d+$/.test(widthText) ? parseNumber(widthText) : 0;
  if (width < 1 || width > 10_000) {
    return fail(
      `expected a number of columns from 1 to 10000 for ${quote(name)} in Properties, found ${quote(widthText)}`,
    );
  }
  return { name, kind, width };
}

/** The word that was entered last is not what its column expects, or the row ended before it. */
function rowError(
  cursor: TextCursor,
  place: { file?: string; line: number },
  { reader, width }: { reader: ColumnReader; width: number },
): LammError {
  const word = cursor.word();
  if (word === '') return new LammError('format', `expected ${width} words in this row, found fewer`, place);
  const code = reader.values instanceof Uint8Array ? 'unknown-element' : 'format';
  return new LammError(
    code,
    `expected ${reader.expected} in the column ${quote(reader.name)}, found ${quote(word)}`,
    place,
  );
}

function fail(message: string): never {
  throw new LammError('format', message);
}
