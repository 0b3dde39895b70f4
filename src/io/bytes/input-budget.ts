import { LammError } from '../../errors.js';

/** What any input may take, and what it may take more for each of its bytes; data of structures need a tenth of it. */
const granted = {
  /** Bytes that packed data unpack to, or that an array that is declared but not stored stands for. */
  unpacked: { base: 2 ** 25, factor: 50, remedy: 'unpack the file first, or split it' },
  /** Bytes of memory for what is made of a text or a pickle. */
  held: { base: 2 ** 26, factor: 40, remedy: 'check what the file holds, or split it' },
} as const;

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

  private assert(kind: keyof typeof granted, bytes: number, what: string): void {
    const { base, factor, remedy } = granted[kind];
    const most = base + factor * this.given;
    if (bytes <= most) return;
    const megabytes = (count: number) => `${Math.ceil(count / 2 ** 20)} MB`;
    throw new LammError(
      'format',
      `${what} would take more than ${megabytes(most)}, far more than an input of ${this.given} bytes should; ${remedy}`,
      { file: this.file },
    );
  }
}
