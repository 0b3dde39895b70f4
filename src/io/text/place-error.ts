import { LammError } from '../../errors.js';

export interface Place {
  readonly file?: string;
  readonly line?: number;
}

/** Runs `action`; an error that it throws without a file is told where the trouble stands. */
export function atPlace<T>(place: Place, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LammError) || error.details.file !== undefined) throw error;
    throw new LammError(error.code, error.message, { ...place, ...error.details, file: place.file });
  }
}
