import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import type { InputBudget } from '../bytes/input-budget.js';

/** Takes the bytes of a file piece by piece and gives its structures as they become complete. */
export interface ChunkParser {
  push(chunk: Uint8Array): Iterable<Structure>;
  /** The file has ended. */
  finish(): Iterable<Structure>;
  /** Nothing more of the file is wanted, perhaps while it is being finished. */
  stop?(): void;
}

/** What the readers of streams are told. */
export interface StreamOptions {
  /** For messages. */
  readonly file?: string;
  /** What the input may cost. */
  readonly budget?: InputBudget;
}

/** Reads all structures of a whole text. */
export function parseWhole(parser: ChunkParser, text: string): Structure[] {
  return [...parser.push(Buffer.from(text)), ...parser.finish()];
}

/** Reads structure after structure from the chunks of a file; `budget` bounds how many a packed file may hold. */
export function parseChunks(
  parser: ChunkParser,
  chunks: AsyncIterable<Uint8Array>,
  budget?: InputBudget,
): AsyncIterableIterator<Structure, undefined> {
  return new ParsedChunks(parser, chunks[Symbol.asyncIterator](), budget);
}

/** What a structure costs besides its text, in bytes. */
const costOfStructure = 800;

/** An asynchronous generator would take longer to hand over a small structure than the parser takes to read it. */
class ParsedChunks implements AsyncIterableIterator<Structure, undefined> {
  /** What the latest chunk gives. */
  private ready: Iterator<Structure> = [][Symbol.iterator]();
  private isAtEnd = false;

  constructor(
    private readonly parser: ChunkParser,
    private readonly chunks: AsyncIterator<Uint8Array>,
    private readonly budget: InputBudget | undefined,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Structure, undefined>> {
    try {
      this.budget?.unpack(costOfStructure);
      const next = this.ready.next();
      return next.done ? this.readOn() : Promise.resolve(next);
    } catch (error) {
      return this.end().then(() => {
        throw error;
      });
    }
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.parser.stop?.();
    return this.end();
  }

  private async readOn(): Promise<IteratorResult<Structure, undefined>> {
    while (!this.isAtEnd) {
      const chunk = await this.chunks.next();
      this.isAtEnd = chunk.done === true;
      try {
        this.ready = (chunk.done ? this.parser.finish() : this.parser.push(chunk.value))[Symbol.iterator]();
        const next = this.ready.next();
        if (!next.done) return next;
      } catch (error) {
        await this.end();
        throw error;
      }
    }
    return { done: true, value: undefined };
  }

  /** Lets go of the file. */
  private async end(): Promise<IteratorReturnResult<undefined>> {
    this.isAtEnd = true;
    this.ready = [][Symbol.iterator]();
    await this.chunks.return?.();
    return { done: true, value: undefined };
  }
}

/**
 * Checks the first bytes of a text and returns how many of them are a byte-order mark.
 *
 * @throws {LammError} `format` when they are UTF-16 or binary.
 */
export function passTextStart(bytes: Uint8Array, file: string | undefined): number {
  const [first, second, third] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const isReplaced = first === 0xef && second === 0xbf && third === 0xbd; // what UTF-16 or binary bytes became in decoding
  if (isUtf16 || isReplaced || bytes.subarray(0, 512).includes(0)) {
    throw new LammError('format', 'expected text, found UTF-16 or binary data; convert the file to UTF-8', {
      file,
      line: 1,
    });
  }
  return first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0;
}
