import { isUtf8 } from 'node:buffer';
import { LammError } from '../../errors.js';
import { ByteWindow } from '../text/byte-window.js';
import { RecordLines } from './record-lines.js';

/** A record of an SD file, without the line that closes it. */
export interface SdfRecord {
  readonly bytes: Buffer;
  /** Where they begin in the file. */
  readonly offset: number;
  /** First line, from 1. */
  readonly line: number;
  /** Whether `$$$$` closes it. */
  readonly isClosed: boolean;
}

const delimiter = '$$$$';
/** A record beyond this is no molecule; what a text can hold at most is not far above. */
const maxRecordLength = 2 ** 28;

/** Cuts the chunks of an SD file into its records. */
export class RecordWalk {
  private readonly window = new ByteWindow();
  /** Line of the next record. */
  private line = 1;

  constructor(private readonly file: string | undefined) {}

  *push(chunk: Uint8Array): Generator<SdfRecord> {
    if (this.window.push(chunk)) yield* this.records();
  }

  /** The file has ended. */
  *finish(): Generator<SdfRecord> {
    this.window.end();
    yield* this.records();
    const { bytes, start, position: offset } = this.window;
    const { line } = this;
    if (!isBlankText(bytes, start)) yield { bytes: bytes.subarray(start), offset, line, isClosed: false };
    else if (line === 1) this.fail('expected at least one record, found an empty file');
  }

  /** The records that are closed in the window. */
  private *records(): Generator<SdfRecord> {
    const { window } = this;
    if (this.line === 1) window.assertText(this.file);
    for (;;) {
      const { bytes, start, position: offset } = window;
      const end = findDelimiter(bytes, start);
      if (end < 0) break;
      const { line } = this;
      window.start = nextLine(bytes, end);
      this.line += countLines(bytes, start, window.start);
      yield { bytes: bytes.subarray(start, end), offset, line, isClosed: true };
    }
    if (!window.complete && window.size > maxRecordLength) this.fail(`expected "${delimiter}" within 256 MB`);
  }

  private fail(message: string): never {
    throw new LammError('format', message, { file: this.file, line: this.line });
  }
}

/** The lines of a record: UTF-8, or Latin-1 where it is not that, for old files have such titles. */
export function linesOfRecord(
  bytes: Buffer,
  { line, isClosed }: Pick<SdfRecord, 'line' | 'isClosed'>,
  file?: string,
): RecordLines {
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  return new RecordLines(text, { firstLine: line, isClosed, file });
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

function isBlankText(bytes: Buffer, start: number): boolean {
  let position = start;
  while (bytes[position] === 32 || (bytes[position] >= 9 && bytes[position] <= 13)) position++;
  return position >= bytes.length;
}
