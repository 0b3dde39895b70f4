import { isUtf8 } from 'node:buffer';
import { LammError } from '../../errors.js';
import type { ByteWindow } from '../byte-window.js';
import { RecordLines } from './record-lines.js';

/** Cuts an SD file into its records. */
export interface RecordReader {
  readonly window: ByteWindow;
  readonly file?: string;
  /** Line of the next record. */
  line: number;
}

/** A record in the bytes of a window, without the line that closes it. */
export interface RecordSpan {
  readonly start: number;
  readonly end: number;
  /** First line, from 1. */
  readonly line: number;
  /** Whether `$$$$` closes it. */
  readonly isClosed: boolean;
}

const delimiter = '$$$$';
/** A record beyond this is no molecule; what a text can hold at most is not far above. */
const largestRecord = 2 ** 28;

/** Passes the next record; `incomplete` when more bytes must come first, never for a whole text. */
export function nextRecord(reader: RecordReader): RecordSpan | 'incomplete' | 'end' {
  const { window, file, line } = reader;
  if (line === 1) window.assertText(file);
  const { bytes, start } = window;
  const delimiterAt = findDelimiter(bytes, start);
  const isClosed = delimiterAt >= 0;
  if (!isClosed && !window.complete) {
    if (bytes.length - start > largestRecord) {
      throw new LammError('format', `expected "${delimiter}" within 256 MB`, { file, line });
    }
    return 'incomplete';
  }
  const end = isClosed ? delimiterAt : bytes.length;
  if (!isClosed && isBlankText(bytes, start)) {
    if (line === 1) throw new LammError('format', 'expected at least one record, found an empty file', { file, line });
    return 'end';
  }
  window.start = isClosed ? nextLine(bytes, end) : end;
  reader.line += countLines(bytes, start, window.start);
  return { start, end, line, isClosed };
}

/** The lines of a record: UTF-8, or Latin-1 where it is not that, for old files have such titles. */
export function linesOfRecord(
  bytes: Buffer,
  { line, isClosed }: Pick<RecordSpan, 'line' | 'isClosed'>,
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
