import { LammError } from '../../errors.js';

/** The lines of one record of an SD file, read one after another, for errors that know their place in the file. */
export class RecordLines {
  readonly file: string | undefined;
  /** Whether `$$$$` closes the record; the last one of a file may end without it. */
  readonly isClosed: boolean;
  private readonly lines: readonly string[];
  private readonly firstLine: number;
  private next = 0;

  constructor(text: string, place: { readonly firstLine: number; readonly isClosed: boolean; readonly file?: string }) {
    const lines = text.split(/\r\n|\n|\r/);
    this.lines = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
    this.firstLine = place.firstLine;
    this.isClosed = place.isClosed;
    this.file = place.file;
  }

  /** Number in the file of the line that was read last. */
  get line(): number {
    return this.firstLine + Math.max(this.next, 1) - 1;
  }

  get isAtEnd(): boolean {
    return this.next >= this.lines.length;
  }

  /** The next line, not yet passed. */
  peek(): string | undefined {
    return this.lines[this.next];
  }

  /** Passes the next line; `what` says what was expected should the record end. */
  read(what: string): string {
    const line = this.lines[this.next];
    if (line === undefined) this.fail(`the ${this.isClosed ? 'record' : 'file'} ends too early: expected ${what}`);
    this.next++;
    return line;
  }

  /** @throws {LammError} `format` at the given line, or else the one that was read last. */
  fail(message: string, line = this.line): never {
    throw new LammError('format', message, { file: this.file, line });
  }
}
