import { LammError, type LammErrorCode } from '../../errors.js';

/** One structure of several that failed while the others went on. */
export interface FailedInput {
  readonly file: string;
  /** Number of the frame in its file, from 1. */
  readonly frame: number;
  readonly error: { readonly code: LammErrorCode; readonly message: string };
}

/** What is wrong with the one structure that a task was given, with the file that it is from; other errors as they are. */
export function ofInput(error: unknown, file: string): unknown {
  if (!(error instanceof LammError) || error.details.file !== undefined) return error;
  if (error.code !== 'structure' && error.code !== 'unsupported-element') return error;
  return new LammError(error.code, error.message, { ...error.details, file });
}

/** The error with the structure that it is about, unless it names a file of its own. */
export function atInput(error: unknown, { file, frame }: Pick<FailedInput, 'file' | 'frame'>): unknown {
  if (!(error instanceof LammError) || error.details.file !== undefined) return error;
  return new LammError(error.code, `frame ${frame}: ${error.message}`, { ...error.details, file });
}
