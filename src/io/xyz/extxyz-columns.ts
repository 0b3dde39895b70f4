import {
  atomicMasses,
  atomicNumber,
  chemicalSymbols,
  elementCount,
  isElementSymbol,
  isotopeMassOf,
} from '../../elements.js';
import { LammError } from '../../errors.js';
import type { AtomProperty } from '../../structure/structure.js';
import { elementOfLabel } from '../element-of-label.js';
import { parseNumber, quote, type TextCursor } from '../text/text-cursor.js';
import { parseLogical } from './extxyz-comment.js';

/** One entry of `Properties=name:kind:width:...`; S text, R real, I integer, L logical. */
export interface Column {
  readonly name: string;
  readonly kind: 'S' | 'R' | 'I' | 'L';
  readonly width: number;
}

/** The columns of a row. */
export interface Layout {
  readonly columns: readonly Column[];
  /** One for each column. */
  readonly readers: readonly ColumnReader[];
  /** How many words they make. */
  readonly width: number;
  /** Whether a row may have further words. */
  readonly isOpen: boolean;
}

/** What the rows of a frame hold. */
export interface Columns {
  /** Atomic numbers [N], from `species` or else `Z`. */
  readonly numbers: Uint8Array;
  /** Every other column, by name. */
  readonly properties: Map<string, AtomProperty>;
  /** Masses [N] in amu where the symbols D and T say them. */
  readonly masses?: Float64Array;
  /** A label such as `Fe1` in the place of a symbol, and its element. */
  readonly label?: readonly [label: string, symbol: string];
  /** A number in the place of a symbol, and the element of that atomic number. */
  readonly numbered?: readonly [word: string, symbol: string];
}

/** The columns of the last frame, and the value of `Properties` that says them. */
export interface LayoutMemory {
  layout?: { readonly text: string; readonly layout: Layout };
}

/**
 * The columns that the value of `Properties` says.
 *
 * @throws {LammError} `format`, without a place, when the text is not a list of columns with species (or Z) and pos.
 */
export function parseLayout(text: string, memory: LayoutMemory): Layout {
  if (memory.layout?.text === text) return memory.layout.layout;
  const layout = createLayout(parseColumns(text));
  memory.layout = { text, layout };
  return layout;
}

function createLayout(columns: readonly Column[], { isOpen = false, takesKinds = false } = {}): Layout {
  const readers = columns.map((column) => createReader(column, columns, takesKinds));
  return { columns, readers, width: columns.reduce((sum, { width }) => sum + width, 0), isOpen };
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
  { columns, readers, width, isOpen }: Layout,
  { atomCount, firstLine, file }: { atomCount: number; firstLine: number; file?: string },
): Columns | number {
  for (const reader of readers) reader.begin(atomCount);
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
  return collect(columns, readers);
}

/** Where one column of the frame that is being read goes. */
abstract class ColumnReader<Values extends ColumnValues = ColumnValues> {
  /** What a word of the column is, for messages. */
  abstract readonly expected: string;
  /** Of the frame that is being read. */
  values: Values;

  constructor(
    readonly name: string,
    readonly width: number,
  ) {
    this.values = this.createValues(0);
  }

  /** Forgets the frame before. */
  begin(atomCount: number): void {
    this.values = this.createValues(atomCount * this.width);
  }

  /** Reads the words of one atom and returns how many were good. */
  abstract read(cursor: TextCursor, atom: number): number;

  protected abstract createValues(length: number): Values;
}

type ColumnValues = Float64Array | Uint8Array | string[] | boolean[];

function createReader({ name, kind, width }: Column, columns: readonly Column[], takesKinds: boolean): ColumnReader {
  const isSpecies = name === 'species' || (name === 'Z' && !columns.some((column) => column.name === 'species'));
  if (isSpecies) return new ElementReader(name, takesKinds);
  if (kind === 'R') return new RealReader(name, width);
  if (kind === 'I') return new IntegerReader(name, width);
  return kind === 'L' ? new LogicalReader(name, width) : new TextReader(name, width);
}

class ElementReader extends ColumnReader<Uint8Array> {
  readonly expected = 'a chemical symbol such as Cu';
  /** Atoms of D and T with their masses. */
  private isotopes: (readonly [atom: number, mass: number])[] = [];
  label: Columns['label'];
  numbered: Columns['numbered'];

  /** `takesKinds`: whether any name that begins with an element is one, as the kinds of CP2K are. */
  constructor(
    name: string,
    private readonly takesKinds: boolean,
  ) {
    super(name, 1);
  }

  override begin(atomCount: number): void {
    super.begin(atomCount);
    this.isotopes = [];
    this.label = undefined;
    this.numbered = undefined;
  }

  protected createValues(length: number): Uint8Array {
    return new Uint8Array(length);
  }

  read(cursor: TextCursor, atom: number): number {
    if (!cursor.nextWord()) return 0;
    const start = cursor.position;
    this.values[atom] = cursor.readSymbol() || this.elementOf(cursor.word());
    if (this.values[atom] === 1 && (cursor.bytes[start] === letterD || cursor.bytes[start] === letterT)) {
      const mass = isotopeMassOf(String.fromCharCode(cursor.bytes[start]));
      if (mass !== undefined) this.isotopes.push([atom, mass]);
    }
    return this.values[atom] > 0 ? 1 : 0;
  }

  /** Masses in amu, where an atom is D or T. */
  masses(): Float64Array | undefined {
    if (this.isotopes.length === 0) return undefined;
    const masses = Float64Array.from(this.values, (number) => atomicMasses[number]);
    for (const [atom, mass] of this.isotopes) masses[atom] = mass;
    return masses;
  }

  private elementOf(word: string): number {
    const number = elementOfWord(word);
    if (number > 0 && this.name === 'species' && /^\d/.test(word)) this.numbered ??= [word, chemicalSymbols[number]];
    if (number > 0) return number;
    const symbol = this.takesKinds && /^[A-Za-z]/.test(word) ? elementOfKind(word) : symbolOfLabel(word);
    if (symbol === undefined) return 0;
    this.label ??= [word, symbol];
    return atomicNumber(symbol);
  }
}

const [letterD, letterT] = [68, 84];

/** `Fe` of `Fe1`, `H` of `H_w`: a symbol, and behind it what can be part of no symbol. */
function symbolOfLabel(word: string): string | undefined {
  const [, symbol] = /^([A-Z][a-z]?)[\d_]/.exec(word) ?? [];
  return symbol !== undefined && isElementSymbol(symbol) ? symbol : undefined;
}

function elementOfKind(word: string): string | undefined {
  try {
    return elementOfLabel(word);
  } catch (error) {
    if (error instanceof LammError) return undefined; // the row says what was expected
    throw error;
  }
}

/** A symbol in another case (`CL`, `h`) or an atomic number that stands in its place; 0 for anything else. */
function elementOfWord(word: string): number {
  const symbol = word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
  if (isElementSymbol(symbol)) return atomicNumber(symbol);
  const number = /^\d{1,3}$/.test(word) ? Number(word) : 0;
  return number <= elementCount ? number : 0;
}

/** Columns in which NaN or infinity cannot be meant. */
const finiteColumns: ReadonlySet<string> = new Set([
  ...['pos', 'forces', 'momenta', 'velocities', 'masses'],
  ...['force', 'vel', 'mass'],
]);

class RealReader extends ColumnReader<Float64Array> {
  readonly expected = 'a finite number';

  protected createValues(length: number): Float64Array {
    return new Float64Array(length);
  }

  read(cursor: TextCursor, atom: number): number {
    const { values, width } = this;
    const done = cursor.readNumbers(values, atom * width, width);
    return done === width || finiteColumns.has(this.name) ? done : this.readOn(cursor, atom, done);
  }

  /** Goes on behind the first word that is no finite number. */
  private readOn(cursor: TextCursor, atom: number, read: number): number {
    const { values, width } = this;
    let done = read;
    while (done < width) {
      const value = nonFiniteWords.get(cursor.word().toLowerCase());
      if (value === undefined) return done;
      values[atom * width + done] = value;
      done += 1 + cursor.readNumbers(values, atom * width + done + 1, width - done - 1);
    }
    return done;
  }
}

const nonFiniteWords: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
]);

class IntegerReader extends ColumnReader<Float64Array> {
  readonly expected = 'an integer';

  protected createValues(length: number): Float64Array {
    return new Float64Array(length);
  }

  read(cursor: TextCursor, atom: number): number {
    const { values, width } = this;
    for (let index = 0; index < width; index++) {
      const before = cursor.position;
      if (cursor.readNumbers(values, atom * width + index, 1) === 0) return index;
      if (Number.isSafeInteger(values[atom * width + index])) continue;
      cursor.position = before;
      cursor.nextWord(); // so that it is named
      return index;
    }
    return width;
  }
}

class LogicalReader extends ColumnReader<boolean[]> {
  readonly expected = 'T or F';

  protected createValues(): boolean[] {
    return [];
  }

  read(cursor: TextCursor, atom: number): number {
    for (let index = 0; index < this.width; index++) {
      const word = cursor.nextWord() ? cursor.readWord() : '';
      const value = word === '1' || word === '0' ? word === '1' : parseLogical(word);
      if (value === undefined) return index;
      this.values[atom * this.width + index] = value;
    }
    return this.width;
  }
}

class TextReader extends ColumnReader<string[]> {
  readonly expected = 'a word';

  protected createValues(): string[] {
    return [];
  }

  read(cursor: TextCursor, atom: number): number {
    for (let index = 0; index < this.width; index++) {
      if (!cursor.nextWord()) return index;
      this.values[atom * this.width + index] = cursor.readWord();
    }
    return this.width;
  }
}

function collect(columns: readonly Column[], readers: readonly ColumnReader[]): Columns {
  const properties = new Map<string, AtomProperty>();
  let elements: Omit<Columns, 'properties'> = { numbers: new Uint8Array(0) };
  readers.forEach((reader, index) => {
    const { name, width, values } = reader;
    if (reader instanceof ElementReader) {
      const [masses, { label, numbered }] = [reader.masses(), reader];
      elements = { numbers: reader.values, ...(masses && { masses }), ...(label && { label }), numbered };
    } else if (!(values instanceof Uint8Array))
      properties.set(name, { width, values, ...(columns[index].kind === 'I' && { integer: true }) });
  });
  return { ...elements, properties };
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

const plainColumns: readonly Column[] = [
  { name: 'species', kind: 'S', width: 1 },
  { name: 'pos', kind: 'R', width: 3 },
];

/** Plain XYZ, and that of CP2K, where names of kinds stand in the place of symbols. */
export const plainLayout: Layout = createLayout(plainColumns, { isOpen: true });
export const cp2kLayout: Layout = createLayout(plainColumns, { isOpen: true, takesKinds: true });
