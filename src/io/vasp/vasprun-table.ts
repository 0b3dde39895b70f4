import { LammError } from '../../errors.js';
import { parseNumber, quote } from '../text/text-cursor.js';
import { GrowingRows } from './growing-rows.js';
import type { XmlText } from './xml-scanner.js';

/** Where a document is being read. */
export interface Reading {
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number;
  /** Where `mark` was called last. */
  readonly markedLine: number;
  mark(): void;
}

/** @throws {LammError} `format` where the document is being read, or at `line`. */
export function failAt({ file, line: reached }: Reading, message: string, line = reached): never {
  throw new LammError('format', message, { file, line });
}

/** The rows of a <varray>, three values each.  The last one is marked in the document. */
export class VasprunTable {
  private readonly rows = new GrowingRows();

  constructor(private readonly reading: Reading) {}

  /** Forgets the table before. */
  begin(): void {
    this.reading.mark();
    this.rows.clear();
  }

  /** Takes a row. */
  take(row: ArrayLike<number>): void {
    this.reading.mark();
    this.rows.push(row);
  }

  /** Takes a row of numbers. */
  takeNumbers(text: XmlText): void {
    const words = textOf(text).split(/\s+/);
    const numbers = words.map(parseNumber);
    if (words.length !== 3 || !numbers.every(Number.isFinite)) {
      failAt(this.reading, `expected three numbers in <v>, found ${quote(textOf(text))}`);
    }
    this.take(numbers);
  }

  /** Takes `T  T  F`, true for what may move; 1 stands for what may not. */
  takeFlags(text: XmlText): void {
    const words = textOf(text).split(/\s+/);
    if (words.length !== 3 || words.some((word) => word !== 'T' && word !== 'F')) {
      failAt(this.reading, `expected three flags T or F, found ${quote(textOf(text))}`);
    }
    this.take(words.map((word) => Number(word === 'F')));
  }

  /** All values, once there are `count` rows; `what` they are. */
  finish(count: number, what: string): Float64Array {
    const found = this.rows.count;
    if (found !== count) failAt(this.reading, `expected ${count} ${what}, found ${found}`, this.reading.markedLine);
    return this.rows.values();
  }
}

/** The text without blanks around it. */
export function textOf({ cursor, start, end }: XmlText): string {
  return cursor.bytes.toString('latin1', start, end).trim();
}
