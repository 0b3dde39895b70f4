import { LammError, type LammErrorCode } from '../../errors.js';

/** One structure of several that failed while the others went on. */
export interface FailedInput {
  readonly file: string;
  /** Number of the frame in its file, from 1. */
  readonly frame: number;
  readonly error: { readonly code: LammErrorCode; readonly message: string };
}

/** The error with the structure that it is about, unless it names a file of its own. */
export function atInput(error: unknown, { file, frame }: Pick<FailedInput, 'file' | 'frame'>): unknown {
  if (!(error instanceof LammError) || error.details.file !== undefined) return error;
  return new LammError(error.code, `frame ${frame}: ${error.message}`, { ...error.details, file });
}
