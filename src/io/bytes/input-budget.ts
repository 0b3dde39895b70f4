import { LammError } from '../../errors.js';

/** What any input may take, and what it may take more for each of its bytes; data of structures need a tenth of it. */
const granted = {
  /** Bytes that packed data unpack to, or that an array that is declared but not stored stands for. */
  unpacked: { base: 2 ** 25, factor: 50, remedy: 'unpack the file first, or split it' },
  /** Bytes of memory for what is made of a text or a pickle. */
  held: { base: 2 ** 26, factor: 40, remedy: 'check what the file holds, or split it' },
} as const;

/**
 * The reading of an input was given up for no fault of the input: whoever reads it again, with more time, may succeed.
 */
export class HeldUpError extends LammError {}

/** Seconds that a library may be away which cannot be asked how far it is; it needs a thousandth of it. */
const patience = { base: 2, perMegabyte: 1 } as const;

/**
 * What the reading of one input may cost, in proportion to the bytes that it has where it lies.  Every reader asks it
 * before it unpacks or makes what a file only claims to hold, so that a small file never fills the memory or keeps the
 * machine busy.
 */
export class InputBudget {
  private given = 0;
  private readonly spent = { unpacked: 0, held: 0 };

  /** `given`: how many bytes the input has, as far as that is known. */
  constructor(
    private readonly file?: string,
    given = 0,
    /** Times the seconds that a call may take. */
    private readonly moreTime = 1,
  ) {
    this.given = given;
  }

  /** Counts bytes of the input as it lies on the disk or comes through a pipe. */
  take(bytes: number): void {
    this.given += bytes;
  }

  /**
   * Counts bytes that were unpacked, or soon will be.
   *
   * @throws {LammError} `format`, as the others, when that is out of proportion to the input.
   */
  unpack(bytes: number, what = 'the unpacked data'): void {
    this.spent.unpacked += bytes;
    this.assert('unpacked', this.spent.unpacked, what);
  }

  /** Asserts that `bytes` more might be unpacked: a size that is declared. */
  expect(bytes: number, what: string): void {
    this.assert('unpacked', this.spent.unpacked + bytes, what);
  }

  /** Counts bytes of memory that what was read takes until the input has been read. */
  hold(bytes: number, what: string): void {
    this.spent.held += bytes;
    this.assert('held', this.spent.held, what);
  }

  /** Asserts that `bytes` of memory more might be taken for a while. */
  allow(bytes: number, what: string): void {
    this.assert('held', this.spent.held + bytes, what);
  }

  /** Seconds that one call of a library may take; a library is interrupted after that, for it may loop for ever. */
  get seconds(): number {
    return this.moreTime * (patience.base + (patience.perMegabyte * this.given) / 2 ** 20);
  }

  /** Bytes that the memory of a library may grow by, which holds the input as it lies there and as it is unpacked. */
  get libraryBytes(): number {
    return 2 * granted.unpacked.base + 2 * granted.unpacked.factor * this.given;
  }

  /** The error for an input whose reading was given up after `seconds`. */
  overTime(what: string): LammError {
    const message = `${what} took more than ${Math.ceil(this.seconds)} s, far more than an input of ${this.given} bytes should, and was given up; ${granted.held.remedy}`;
    return new LammError('format', message, { file: this.file });
  }

  /** The error for an input whose reading did not come to its end within `seconds`, as hardly any work was done. */
  heldUp(what: string): HeldUpError {
    const message = `${what} was given up after ${Math.ceil(this.seconds)} s, in most of which the program had to wait for its turn or for the disk; try it again when the machine is less busy`;
    return new HeldUpError('format', message, { file: this.file });
  }

  /** The error for an input whose reading was given up because it wanted more than `libraryBytes`. */
  overMemory(what: string): LammError {
    return this.tooMuch(what, this.libraryBytes, granted.held.remedy);
  }

  private assert(kind: keyof typeof granted, bytes: number, what: string): void {
    const { base, factor, remedy } = granted[kind];
    const most = base + factor * this.given;
    if (bytes > most) throw this.tooMuch(what, most, remedy);
  }

  private tooMuch(what: string, most: number, remedy: string): LammError {
    const megabytes = `${Math.ceil(most / 2 ** 20)} MB`;
    const message = `${what} would take more than ${megabytes}, far more than an input of ${this.given} bytes should; ${remedy}`;
    return new LammError('format', message, { file: this.file });
  }
}
