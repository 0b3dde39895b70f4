import { LammError } from '../errors.js';
import { isBlank } from './text-cursor.js';

const newline = 10;

/**
 * The part of a text that is in memory: `bytes` from `start` on, always with a newline at the very end.
 * Every `fill` doubles what is held, so a reader that starts again from `start` after each one still works in linear time.
 */
export class ByteWindow {
  bytes: Buffer = Buffer.alloc(0);
  /** What lies before is done with. */
  start = 0;
  /** Whether the text ends where `bytes` end. */
  complete = false;
  private rest: Uint8Array = Buffer.alloc(0);
  private readonly chunks: AsyncIterator<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** A window over a whole text. */
  static ofText(text: string): ByteWindow {
    const window = new ByteWindow(noChunks());
    window.bytes = Buffer.from(text.endsWith('\n') ? text : `${text}\n`);
    window.complete = true;
    return window;
  }

  get isEmpty(): boolean {
    return this.start >= this.bytes.length;
  }

  /** Reads on until twice as much is held as now, or to the end of the text. */
  async fill(): Promise<void> {
    const held = [this.bytes.subarray(this.start), this.rest];
    let size = held[0].length + held[1].length;
    const wanted = Math.max(2 * size, 65_536);
    while (!this.complete && size < wanted) {
      const next = await this.chunks.next();
      if (next.done) {
        this.complete = true;
        const last = held.findLast((piece) => piece.length > 0)?.at(-1);
        if (last !== undefined && last !== newline) held.push(Buffer.from('\n'));
      } else {
        size += next.value.length;
        held.push(next.value);
      }
    }
    const all = Buffer.concat(held);
    const end = all.lastIndexOf(newline) + 1;
    this.bytes = all.subarray(0, end);
    this.rest = all.subarray(end);
    this.start = 0;
  }

  /** Passes empty lines and returns how many there were. */
  skipBlankLines(): number {
    let lines = 0;
    let position = this.start;
    for (; isBlank(this.bytes[position]); position++) {
      if (this.bytes[position] !== newline) continue;
      lines++;
      this.start = position + 1;
    }
    return lines;
  }

  /** Whether the next word is a number. */
  startsWithDigit(): boolean {
    let position = this.start;
    while (this.bytes[position] === 32 || this.bytes[position] === 9) position++;
    return this.bytes[position] >= 48 && this.bytes[position] <= 57;
  }

  /**
   * Passes a byte-order mark.
   *
   * @throws {LammError} `format` when the file is UTF-16.
   */
  assertText(file: string | undefined): void {
    const [first, second] = [this.bytes[this.start], this.bytes[this.start + 1]];
    if (first === 0xef && second === 0xbb && this.bytes[this.start + 2] === 0xbf) this.start += 3;
    if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
      throw new LammError('format', 'expected UTF-8 text, found UTF-16; convert the file to UTF-8', { file, line: 1 });
    }
  }
}

async function* noChunks(): AsyncGenerator<Uint8Array> {}
