import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import { ChunkJoiner } from './chunk-joiner.js';
import { type ChunkParser, passTextStart } from './chunk-parser.js';
import { type RunOptions, RunSteps } from './run-steps.js';
import { parseNumber, quote, TextCursor } from './text-cursor.js';

const newline = 10;
const maxLineLength = 1 << 20;

/** The line that is being read, and those that follow it in memory. */
export class LineFeed {
  readonly file: string | undefined;
  /** Number of the line, from 1. */
  line = 0;
  bytes: Buffer = Buffer.alloc(0);
  /** The line is `bytes` from `start` to `end`, without its line end. */
  start = 0;
  end = 0;
  private next = 0;
  private isBegun = false;
  private readonly joiner = new ChunkJoiner();
  private cursor = new TextCursor(this.bytes, 0);

  constructor(file: string | undefined) {
    this.file = file;
  }

  /** Takes the bytes that follow. */
  push(chunk: Uint8Array): void {
    this.bytes = this.joiner.join(this.bytes.subarray(this.next), chunk);
    this.next = 0;
    this.cursor = new TextCursor(this.bytes, 0);
    if (this.isBegun || this.bytes.length === 0) return;
    this.isBegun = true;
    this.next = passTextStart(this.bytes, this.file);
  }

  /** Goes to the next line; false when its end has not come yet. */
  nextLine(): boolean {
    const end = this.bytes.indexOf(newline, this.next);
    if ((end < 0 ? this.bytes.length : end) - this.next > maxLineLength) {
      this.line++;
      this.fail('expected lines of text, found one of more than a million characters');
    }
    if (end < 0) return false;
    this.start = this.next;
    this.next = end + 1;
    this.end = end > this.start && this.bytes[end - 1] === 13 ? end - 1 : end;
    this.line++;
    return true;
  }

  /** Where the first word of the line starts. */
  get indent(): number {
    let position = this.start;
    while (position < this.end && (this.bytes[position] === 32 || this.bytes[position] === 9)) position++;
    return position;
  }

  get text(): string {
    return this.bytes.toString('latin1', this.start, this.end);
  }

  /** Reads the first words of the line from `position` on as numbers; returns how many there were, at most `count`. */
  readNumbers(
    values: Float64Array,
    offset: number,
    { position = this.start, count }: { position?: number; count: number },
  ): number {
    this.cursor.position = position;
    return this.cursor.readNumbers(values, offset, count);
  }

  /** The number that follows `label` in the line. */
  numberAfter(label: string): number {
    const text = this.text;
    const start = text.indexOf(label);
    const word = start < 0 ? '' : (/\S+/.exec(text.slice(start + label.length))?.[0] ?? '');
    return this.toNumber(word, `a number after "${label}"`);
  }

  toNumber(word: string | undefined, what: string): number {
    const value = parseNumber(word ?? '');
    return Number.isFinite(value) ? value : this.fail(`expected ${what}, found ${word ? quote(word) : 'nothing'}`);
  }

  /** @throws {LammError} `format` at this line. */
  fail(message: string): never {
    throw new LammError('format', message, { file: this.file, line: Math.max(this.line, 1) });
  }
}

/** Reads the output of a run line by line. */
export interface LineReader {
  /** What to say when the whole file holds no step. */
  readonly nothing: string;
  /** Whether the run came to its end. */
  readonly isComplete: boolean;
  /** What was left out of the file, once it has ended. */
  readonly notices?: readonly string[];
  /** Takes the next line; returns the step that became complete with it. */
  readLine(feed: LineFeed): Structure | undefined;
  /** Returns the step that is complete now that no line follows. */
  finish(feed: LineFeed): Structure | undefined;
}

/** Runs a reader over the lines of a file.  A last line without a line end was cut off and does not count. */
export function parserOfLines(reader: LineReader, options: RunOptions): ChunkParser {
  const feed = new LineFeed(options.file);
  const steps = new RunSteps(options);
  return {
    *push(chunk) {
      feed.push(chunk);
      while (feed.nextLine()) {
        const step = reader.readLine(feed);
        if (step !== undefined) yield* steps.pass(step);
      }
    },
    *finish() {
      const step = reader.finish(feed);
      if (step !== undefined) yield* steps.pass(step);
      const { isComplete, nothing, notices } = reader;
      yield* steps.end({ isComplete, nothing, notices, line: feed.line });
    },
  };
}
