import { LammError } from '../../errors.js';
import { isBlank } from './text-cursor.js';

const newline = 10;
const minRead = 65_536;

/**
 * The part of a text that is in memory: `bytes` from `start` on, always with a newline at the very end.  What was taken
 * from them must be copied before the next chunk comes, for which the memory is used again.
 *
 * A reader that could not go on gets twice as much before it is asked again, so it may start again from `start` and
 * still work in linear time.
 */
export class ByteWindow {
  bytes: Buffer = Buffer.alloc(0);
  /** What lies before is done with. */
  start = 0;
  /** Whether the text ends where `bytes` end. */
  complete = false;
  /** How much should be held for the next step, where that is known. */
  wanted = 0;
  /** Where `bytes` begin in the text. */
  private offset = 0;
  /** `bytes` and the beginning of a line that has not ended. */
  private store: Buffer = Buffer.alloc(0);
  private held = 0;
  /** How much makes it worth going on. */
  private goal = 0;

  get isEmpty(): boolean {
    return this.start >= this.bytes.length;
  }

  /** Where in the text the window starts. */
  get position(): number {
    return this.offset + this.start;
  }

  /** How many bytes are held, those of a line without its end included. */
  get size(): number {
    return this.held - this.start;
  }

  /** How many bytes are held of a line without its end. */
  get unfinishedSize(): number {
    return this.held - this.bytes.length;
  }

  /** Takes the bytes that follow; whether there are enough of them to go on. */
  push(chunk: Uint8Array): boolean {
    if (this.goal === 0) this.goal = Math.max(2 * this.size, this.wanted, minRead);
    this.append(chunk);
    if (this.size < this.goal) return false;
    this.show();
    return true;
  }

  /** No bytes follow. */
  end(): void {
    this.complete = true;
    if (this.size > 0 && this.store[this.held - 1] !== newline) this.append(Buffer.from('\n'));
    this.show();
  }

  private append(chunk: Uint8Array): void {
    if (this.start > 0) this.store.copyWithin(0, this.start, this.held);
    this.held -= this.start;
    this.offset += this.start;
    this.start = 0;
    if (this.held + chunk.length > this.store.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max(2 * this.held, this.held + chunk.length, 2 * minRead));
      this.store.copy(wider, 0, 0, this.held);
      this.store = wider;
    }
    this.store.set(chunk, this.held);
    this.held += chunk.length;
  }

  private show(): void {
    this.bytes = this.store.subarray(0, this.store.subarray(0, this.held).lastIndexOf(newline) + 1);
    this.wanted = this.goal = 0;
  }

  /** Passes empty lines and returns how many there were. */
  skipBlankLines(): number {
    let lines = 0;
    let position = this.start;
    const { bytes } = this;
    for (; position < bytes.length && isBlank(bytes[position]); position++) {
      if (bytes[position] !== newline) continue;
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
