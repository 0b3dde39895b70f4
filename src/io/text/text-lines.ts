import { LammError } from '../../errors.js';
import { parseNumber, quote } from './text-cursor.js';

/** The lines of a small text file, read one after another, for errors that know their place. */
export class TextLines {
  readonly file: string | undefined;
  private readonly lines: readonly string[];
  private next = 0;

  constructor(text: string, file: string | undefined) {
    this.lines = decodedText(text, file).split(/\r\n|\n|\r/);
    if (this.lines.at(-1) === '') this.lines = this.lines.slice(0, -1);
    this.file = file;
  }

  /** Number of the line that was read last, from 1. */
  get line(): number {
    return this.next;
  }

  get remaining(): number {
    return this.lines.length - this.next;
  }

  /** The next line, not yet passed. */
  peek(): string | undefined {
    return this.lines[this.next];
  }

  /** Passes the next line; `what` says what was expected should the file end. */
  read(what: string): string {
    const line = this.lines[this.next];
    if (line === undefined) this.fail(`the file ends too early: expected ${what}`);
    this.next++;
    return line;
  }

  /** The first `count` words of the next line as finite numbers, and the words behind them. */
  readNumbers(count: number, what: string): { numbers: number[]; rest: string[] } {
    const words = splitWords(this.read(what));
    if (words.length < count) this.fail(`expected ${what}, found ${words.length} words`);
    const numbers = words.slice(0, count).map((word) => this.toNumber(word, what));
    return { numbers, rest: words.slice(count) };
  }

  toNumber(word: string, what: string, line = this.next): number {
    const value = parseNumber(word);
    return Number.isFinite(value) ? value : this.fail(`expected ${what}, found ${quote(word)}`, line);
  }

  /** @throws {LammError} `format` at a line, the one that was read last when none is given. */
  fail(message: string, line = this.next): never {
    throw new LammError('format', message, { file: this.file, line: Math.max(line, 1) });
  }
}

export function splitWords(line: string): string[] {
  return line.match(/[^ \t\v\f]+/g) ?? [];
}

/**
 * A text without its byte-order mark.
 *
 * @throws {LammError} `format` when the file was not UTF-8 text.
 */
export function decodedText(text: string, file: string | undefined): string {
  if (text.startsWith('\uFFFD\uFFFD') || text.startsWith('\uFFFE')) {
    throw new LammError('format', 'expected UTF-8 text, found UTF-16 or binary data; convert the file to UTF-8', {
      file,
      line: 1,
    });
  }
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
