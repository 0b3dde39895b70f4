import { isAboutOneFile, LammError } from '../../errors.js';
import { Groups } from '../../report/groups.js';

/**
 * Gathers what is noticed in several files, and which of them could not be read; told at the end, what is the same of
 * many once.
 */
export class InputNotices {
  private readonly groups = new Groups();
  private readonly skipped: string[] = [];
  private readonly refused: string[] = [];

  constructor(
    private readonly files: readonly string[],
    private readonly isStrict = false,
  ) {}

  /** What takes the notices of a file. */
  of(file: string): (notice: string) => void {
    return (notice) => this.groups.add(notice, file);
  }

  /**
   * Notes that a file, or the rest of it, could not be read.
   *
   * @throws {LammError} the error, where there is no other file, skipping is not wanted, or the file is not at fault.
   */
  skip(error: unknown): void {
    if (!isAboutOneFile(error) || this.isStrict || this.files.length < 2) throw error;
    this.skipped.push(error.message);
    if (this.skipped.length === this.files.length)
      throw new LammError(error.code, `no file could be read: ${this.skipped[0]}`);
  }

  /** Notes that a part of a file is refused, while the rest is good. */
  refuse(message: string): void {
    this.refused.push(message);
  }

  get skippedCount(): number {
    return this.skipped.length;
  }

  /** Tells it all, a text for each thing that is to be known. */
  tell(tell: (text: string) => void): void {
    for (const line of this.groups.lines()) tell(line);
    for (const message of this.refused) tell(`refused: ${message}`);
    if (this.skipped.length === 0) return;
    tell(`${this.skipped.length} of ${this.files.length} files could not be read and are skipped:`);
    for (const message of this.skipped) tell(`skipped: ${message}`);
  }
}
