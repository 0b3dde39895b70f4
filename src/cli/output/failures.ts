import { LammError, type LammErrorCode } from '../../errors.js';
import { remark } from './output.js';
import { type ExitCode, exitCodeOf } from './report-error.js';

/** One structure of several that failed while the others went on. */
export interface FailedInput {
  readonly file: string;
  /** Number of the frame in its file, from 1. */
  readonly frame: number;
  readonly error: { readonly code: LammErrorCode; readonly message: string };
}

/** Names on stderr what failed, a line each. */
export function remarkFailures(failed: readonly FailedInput[]): void {
  for (const { file, frame, error } of failed) remark(`error: ${file}: frame ${frame}: ${error.message}`);
}

/** The error with the structure that it is about, unless it names a file of its own. */
export function atInput(error: unknown, { file, frame }: Pick<FailedInput, 'file' | 'frame'>): unknown {
  if (!(error instanceof LammError) || error.details.file !== undefined) return error;
  return new LammError(error.code, `frame ${frame}: ${error.message}`, { ...error.details, file });
}

/** How a command ends that went on after failures: as the worst of them would have ended alone; undefined without any. */
export function exitCodeOfFailures(failed: readonly FailedInput[]): ExitCode | undefined {
  const codes = failed.map(({ error }) => exitCodeOf(error.code));
  return codes.length === 0 ? undefined : codes.reduce((worst, code) => (code > worst ? code : worst));
}
