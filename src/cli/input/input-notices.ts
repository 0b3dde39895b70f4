import { isAboutOneFile, LammError } from '../../errors.js';
import { Groups } from '../output/groups.js';
import { remark } from '../output/output.js';

/** Gathers what is noticed in the files of a command, and which of them could not be read; told at the end, what is the same of many once. */
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

  /** Says it all on stderr. */
  tell(): void {
    for (const line of this.groups.lines()) remark(line);
    for (const message of this.refused) remark(`refused: ${message}`);
    if (this.skipped.length === 0) return;
    remark(`${this.skipped.length} of ${this.files.length} files could not be read and are skipped:`);
    for (const message of this.skipped) remark(`skipped: ${message}`);
  }
}
