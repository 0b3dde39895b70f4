import { LammError } from '../../errors.js';
import { type AtomProperty, createStructure, type InfoValue, type Structure } from '../../structure/structure.js';
import type { FrameMark } from '../frame-index.js';
import { type ChunkParser, parseChunks, parseWhole, type StreamOptions } from '../text/chunk-parser.js';
import { atPlace } from '../text/place-error.js';
import { quote } from '../text/text-cursor.js';
import { readDataFields } from './data-fields.js';
import { type Atom, isotopeMass } from './molecule.js';
import type { RecordLines } from './record-lines.js';
import { linesOfRecord, RecordWalk, type SdfRecord } from './records.js';
import { parseV2000 } from './v2000.js';
import { parseV3000 } from './v3000.js';

export interface SdfOptions extends StreamOptions {
  /**
   * Called with the error of a record that is refused, which is then left out; without it such an error ends the
   * reading.
   */
  readonly onRefused?: (error: LammError) => void;
}

/**
 * Reads all records of an SD or MOL text, V2000 and V3000.  The title and the data fields are `info`; formal charges,
 * mass numbers and radicals, where there are any, are the columns `formal_charges`, `isotopes` and `radicals`.  A
 * record that calls itself a drawing in two dimensions has `info.is_2d`.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parseSdf(text: string, options: SdfOptions = {}): Structure[] {
  return parseWhole(recordParser(options), text);
}

/** Reads record after record from the chunks of a file, holding little more than one record in memory. */
export function iterateSdf(
  chunks: AsyncIterable<Uint8Array>,
  options: SdfOptions = {},
): AsyncIterableIterator<Structure> {
  return parseChunks(recordParser(options), chunks, options.budget);
}

/** Finds the records of an SD file and how many atoms each declares, without reading them. */
export async function* locateSdfRecords(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<FrameMark> {
  const walk = new RecordWalk(file);
  const toMark = ({ offset, bytes, line, isClosed }: SdfRecord): FrameMark => {
    const atomCount = declaredAtomCount(linesOfRecord(bytes, { line, isClosed }, file));
    return { offset, length: bytes.length, mark: line, atomCount };
  };
  for await (const chunk of chunks) for (const record of walk.push(chunk)) yield toMark(record);
  for (const record of walk.finish()) yield toMark(record);
}

function recordParser({ file, onRefused }: SdfOptions): ChunkParser {
  const walk = new RecordWalk(file);
  function* structures(records: Iterable<SdfRecord>): Generator<Structure> {
    for (const record of records) {
      try {
        yield parseRecord(linesOfRecord(record.bytes, record, file));
      } catch (error) {
        if (onRefused === undefined || !(error instanceof LammError)) throw error;
        onRefused(error);
      }
    }
  }
  return { push: (chunk) => structures(walk.push(chunk)), finish: () => structures(walk.finish()) };
}

/** Reads the structure of one record. */
export function parseRecord(lines: RecordLines): Structure {
  const { title, program, comment, counts, version } = readHeader(lines);
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

/** Number of atoms that a record declares, without reading them. */
function declaredAtomCount(lines: RecordLines): number {
  const { counts, version } = readHeader(lines);
  let text = counts.slice(0, 3);
  while (version === '3000' && !lines.isAtEnd) {
    const row = lines.read('COUNTS');
    text = /^M {2}V30 COUNTS +(\d+)/.exec(row)?.[1] ?? 'none';
    if (text !== 'none' || !/^M {2}V30/.test(row)) break;
  }
  return /^ *\d+ *$/.test(text) ? Number(text) : lines.fail('expected the number of atoms of a record');
}

function readHeader(lines: RecordLines) {
  const title = lines.read('the title of a record').trim();
  if (/^\$(?:RXN|MDL|RDFILE)/.test(title)) {
    lines.fail(`expected the structure of one molecule, found ${quote(title)}: a reaction or query file`);
  }
  const program = lines.read('the second line of a record');
  const comment = lines.read('the third line of a record').trim();
  const counts = lines.read('the counts line of a record');
  const version = /\bV(\d{4})\s*$/.exec(counts)?.[1] ?? '2000';
  if (version !== '2000' && version !== '3000') lines.fail(`expected version V2000 or V3000, found V${version}`);
  return { title, program, comment, counts, version };
}

function toStructure(atoms: readonly Atom[], info: Record<string, InfoValue>): Structure {
  const columns = [
    ['formal_charges', atoms.map(({ charge }) => charge)],
    ['isotopes', atoms.map(({ isotope }) => isotope)],
    ['radicals', atoms.map(({ radical }) => radical)],
  ] as const;
  const arrays = columns
    .filter(([, values]) => values.some((value) => value !== 0))
    .map(([name, values]): [string, AtomProperty] => [
      name,
      { width: 1, values: Float64Array.from(values), integer: true },
    ]);
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
