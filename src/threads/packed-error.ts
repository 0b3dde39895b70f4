import { LammError, type LammErrorCode, type LammErrorDetails } from '../errors.js';

/** An error as threads can send it to one another. */
export interface PackedError {
  readonly message: string;
  readonly stack?: string;
  /** Present for errors that a user can do something about. */
  readonly known?: { readonly code: LammErrorCode; readonly details: Omit<LammErrorDetails, 'cause'> };
}

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack } = error;
  if (!(error instanceof LammError)) return { message, stack };
  const { cause: _, ...details } = error.details;
  return { message, stack, known: { code: error.code, details } };
}

/** The error that was packed: same kind, code, message and details. */
export function unpackError({ message, stack, known }: PackedError): Error {
  if (known === undefined) return Object.assign(new Error(message), { stack });
  const { file, line } = known.details;
  const place = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}: `;
  const bare = message.startsWith(place) ? message.slice(place.length) : message; // the place is put in front once more
  return Object.assign(new LammError(known.code, bare, known.details), { stack });
}
