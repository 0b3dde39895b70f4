import { LammError } from '../../errors.js';
import { parseNumber, quote } from '../text-cursor.js';
import { GrowingRows } from './growing-rows.js';
import type { XmlText } from './xml-scanner.js';

/** Where a document is being read. */
export interface Reading {
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number;
}

/** @throws {LammError} `format` where the document is being read, or at `line`. */
export function failAt({ file, line: reached }: Reading, message: string, line = reached): never {
  throw new LammError('format', message, { file, line });
}

/** The rows of a <varray>, three values each. */
export class VasprunTable {
  /** Where the last row stands. */
  lastLine: number;
  private readonly rows = new GrowingRows();
  private readonly row = new Float64Array(3);

  constructor(private readonly reading: Reading) {
    this.lastLine = reading.line;
  }

  /** Takes a row of numbers. */
  takeNumbers(text: XmlText): void {
    const { row } = this;
    this.lastLine = this.reading.line;
    const { cursor } = text;
    cursor.position = text.start;
    const isQuick = cursor.readNumbers(row, 0, 3) === 3 && isBlankBetween(cursor.bytes, cursor.position, text.end);
    if (!isQuick) this.readSlowly(textOf(text));
    this.rows.push(row);
  }

  /** Takes `T  T  F`, true for what may move; 1 stands for what may not. */
  takeFlags(text: XmlText): void {
    this.lastLine = this.reading.line;
    const words = textOf(text).split(/\s+/);
    if (words.length !== 3 || words.some((word) => word !== 'T' && word !== 'F')) {
      failAt(this.reading, `expected three flags T or F, found ${quote(textOf(text))}`);
    }
    this.rows.push(words.map((word) => Number(word === 'F')));
  }

  /** All values, once there are `count` rows; `what` they are. */
  finish(count: number, what: string): Float64Array {
    const found = this.rows.count;
    if (found !== count) failAt(this.reading, `expected ${count} ${what}, found ${found}`, this.lastLine);
    return this.rows.values();
  }

  private readSlowly(text: string): void {
    const words = text.split(/\s+/);
    const numbers = words.map(parseNumber);
    if (words.length !== 3 || !numbers.every(Number.isFinite)) {
      failAt(this.reading, `expected three numbers in <v>, found ${quote(text)}`);
    }
    this.row.set(numbers);
  }
}

/** The text without blanks around it. */
export function textOf({ cursor, start, end }: XmlText): string {
  return cursor.bytes.toString('latin1', start, end).trim();
}

function isBlankBetween(bytes: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if (bytes[index] > 32) return false;
  }
  return start <= end;
}
