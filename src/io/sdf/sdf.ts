import { isUtf8 } from 'node:buffer';
import { LammError } from '../../errors.js';
import { type AtomProperty, createStructure, type InfoValue, type Structure } from '../../structure/structure.js';
import { ByteWindow } from '../byte-window.js';
import { atPlace } from '../place-error.js';
import { quote } from '../text-cursor.js';
import { readDataFields } from './data-fields.js';
import { type Atom, isotopeMass } from './molecule.js';
import { RecordLines } from './record-lines.js';
import { parseV2000 } from './v2000.js';
import { parseV3000 } from './v3000.js';

export interface SdfOptions {
  readonly file?: string;
  /** Called with the error of a record that is refused, which is then left out; without it such an error ends the reading. */
  readonly onRefused?: (error: LammError) => void;
}

/**
 * Reads all records of an SD or MOL text, V2000 and V3000.  The title and the data fields are `info`; formal charges, mass numbers and
 * radicals, where there are any, are the columns `formal_charges`, `isotopes` and `radicals`.  A record that calls itself a drawing
 * in two dimensions has `info.is_2d`.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parseSdf(text: string, options: SdfOptions = {}): Structure[] {
  const reader: RecordReader = { window: ByteWindow.ofText(text), line: 1, ...options };
  const structures: Structure[] = [];
  for (let record = nextRecord(reader); typeof record !== 'string'; record = nextRecord(reader)) {
    structures.push(...readRecord(record, options));
  }
  return structures;
}

/** Reads record after record from the chunks of a file, holding little more than one record in memory. */
export async function* iterateSdf(chunks: AsyncIterable<Uint8Array>, options: SdfOptions = {}): AsyncGenerator<Structure> {
  const reader: RecordReader = { window: new ByteWindow(chunks), line: 1, ...options };
  for (let record = nextRecord(reader); record !== 'end'; record = nextRecord(reader)) {
    if (record === 'incomplete') await reader.window.fill();
    else yield* readRecord(record, options);
  }
}

interface RecordReader {
  readonly window: ByteWindow;
  readonly file?: string;
  /** Line of the next record. */
  line: number;
}

const delimiter = '$$$$';
/** A record beyond this is no molecule; what a text can hold at most is not far above. */
const largestRecord = 2 ** 28;

/** Cuts off the next record; `incomplete` when more bytes must come first, never for a whole text. */
function nextRecord(reader: RecordReader): RecordLines | 'incomplete' | 'end' {
  const { window, file, line } = reader;
  if (line === 1) window.assertText(file);
  const { bytes, start } = window;
  const end = findDelimiter(bytes, start);
  if (end < 0 && !window.complete) {
    if (bytes.length - start > largestRecord) throw new LammError('format', `expected "${delimiter}" within 256 MB`, { file, line });
    return 'incomplete';
  }
  const text = decode(bytes.subarray(start, end < 0 ? bytes.length : end));
  const isClosed = end >= 0;
  if (!isClosed && text.trim() === '') {
    if (line === 1) throw new LammError('format', 'expected at least one record, found an empty file', { file, line });
    return 'end';
  }
  const next = isClosed ? nextLine(bytes, end) : bytes.length;
  const record = new RecordLines(text, { firstLine: line, isClosed, file });
  reader.line += countLines(bytes, start, next);
  window.start = next;
  return record;
}

/** Position of the next line that starts with `$$$$`, or -1. */
function findDelimiter(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(delimiter, start); at >= 0; at = bytes.indexOf(delimiter, at + 1)) {
    if (at === start || isLineEnd(bytes[at - 1])) return at;
  }
  return -1;
}

/** Position behind the end of the line that holds `position`. */
function nextLine(bytes: Buffer, position: number): number {
  let end = position;
  while (end < bytes.length && !isLineEnd(bytes[end])) end++;
  return bytes[end] === 13 && bytes[end + 1] === 10 ? end + 2 : end + 1;
}

function countLines(bytes: Buffer, start: number, end: number): number {
  let lines = 0;
  for (let position = start; position < end; position = nextLine(bytes, position)) lines++;
  return lines;
}

function isLineEnd(byte: number): boolean {
  return byte === 10 || byte === 13;
}

/** UTF-8, or Latin-1 where it is not that: old files have such titles. */
function decode(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

function readRecord(lines: RecordLines, { onRefused }: SdfOptions): Structure[] {
  try {
    return [parseRecord(lines)];
  } catch (error) {
    if (onRefused === undefined || !(error instanceof LammError)) throw error;
    onRefused(error);
    return [];
  }
}

function parseRecord(lines: RecordLines): Structure {
  const title = lines.read('the title of a record').trim();
  if (/^\$(?:RXN|MDL|RDFILE)/.test(title)) lines.fail(`expected the structure of one molecule, found ${quote(title)}: a reaction or query file`);
  const program = lines.read('the second line of a record');
  const comment = lines.read('the third line of a record').trim();
  const counts = lines.read('the counts line of a record');
  const version = /\bV(\d{4})\s*$/.exec(counts)?.[1] ?? '2000';
  if (version !== '2000' && version !== '3000') lines.fail(`expected version V2000 or V3000, found V${version}`);
  const { atoms } = version === '3000' ? parseV3000(lines) : parseV2000(lines, counts);
  const line = lines.line;
  const fields = readDataFields(lines);
  const is2d = program.slice(20, 22) === '2D' && atoms.every(({ position }) => position[2] === 0);
  const info: Record<string, InfoValue> = {
    ...(title !== '' && { title }),
    ...(comment !== '' && { comment }),
    ...(is2d && { is_2d: true }),
    ...fields,
  };
  return atPlace({ file: lines.file, line }, () => toStructure(atoms, info));
}

function toStructure(atoms: readonly Atom[], info: Record<string, InfoValue>): Structure {
  const columns = [
    ['formal_charges', atoms.map(({ charge }) => charge)],
    ['isotopes', atoms.map(({ isotope }) => isotope)],
    ['radicals', atoms.map(({ radical }) => radical)],
  ] as const;
  const arrays = columns
    .filter(([, values]) => values.some((value) => value !== 0))
    .map(([name, values]): [string, AtomProperty] => [name, { width: 1, values: Float64Array.from(values), integer: true }]);
  const structure = createStructure({
    numbers: atoms.map(({ number }) => number),
    positions: atoms.flatMap(({ position }) => position),
    info,
    arrays: Object.fromEntries(arrays),
  });
  const { masses } = structure; // still our own
  atoms.forEach(({ number, isotope }, atom) => {
    if (isotope !== 0) masses[atom] = isotopeMass(number, isotope);
  });
  return structure;
}
