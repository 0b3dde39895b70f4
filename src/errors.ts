/** What went wrong, as a closed set that callers and the command line can branch on. */
export type LammErrorCode =
  | 'usage' // an option or argument is not valid
  | 'file-not-found'
  | 'file-exists' // an output would be overwritten
  | 'file-write' // the disk is full or not writable
  | 'locked' // another process is writing the run
  | 'format' // a file does not follow its format
  | 'structure' // a structure is not physical (zero volume, NaN, coincident atoms), or not what is asked needs: without a cell, unlike what a head learned
  | 'unknown-element'
  | 'unsupported-element' // a real element that this calculator or model does not know
  | 'missing-label'
  | 'missing-property' // a calculator cannot provide what is asked, e.g. stress
  | 'graph' // a tensor graph is built wrongly
  | 'engine' // the numeric engine failed or is not installed
  | 'checkpoint' // a checkpoint belongs to another model or is damaged
  | 'non-finite' // NaN or infinity appeared in a simulation
  | 'unstable'; // a simulation exploded

/** Where and what, as data; every field is optional. */
export interface LammErrorDetails {
  readonly file?: string;
  /** Line in `file`, counted from 1. */
  readonly line?: number;
  readonly quantity?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly step?: number;
  readonly cause?: unknown;
}

/**
 * The one error family of this library.
 *
 * A message says what was expected, what was found and what to do next; `file` and `line` are put in front of it.
 * Settings stand in it by their keys in backquotes, such as `timestepFs`; a user interface may spell them its own way.
 */
export class LammError extends Error {
  override readonly name: string = 'LammError';
  readonly code: LammErrorCode;
  readonly details: LammErrorDetails;

  constructor(code: LammErrorCode, message: string, details: LammErrorDetails = {}) {
    super(locate(message, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

/** A simulation produced NaN or exploded; drivers catch it to save the last good state. */
export class UnstableError extends LammError {
  override readonly name = 'UnstableError';
}

/** Errors that lie in the structure itself: where there are several, the others can go on. */
const codesOfOne: ReadonlySet<LammErrorCode> = new Set(['structure', 'unsupported-element', 'non-finite', 'unstable']);

/**
 * Whether what is wrong lies in the one structure that was calculated; trouble with files or options is everybody's.
 */
export function isAboutOneStructure(error: unknown): error is LammError {
  return error instanceof LammError && codesOfOne.has(error.code);
}

/** A value that a setting cannot have; the message says the same as the fields. */
export function invalid(
  quantity: string,
  { expected, actual, remedy }: { readonly expected: string; readonly actual: unknown; readonly remedy?: string },
): LammError {
  const found = describeValue(actual);
  const message = `\`${quantity}\`: expected ${expected}, found ${found}${remedy === undefined ? '' : `; ${remedy}`}`;
  return new LammError('usage', message, { quantity, expected, actual: found });
}

function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `"${value}"`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What can be wrong with one file of many; `usage` is a file of no known format. */
const codesOfFile: ReadonlySet<LammErrorCode> = new Set([
  ...(['format', 'structure', 'unknown-element', 'unsupported-element', 'missing-label', 'usage'] as const),
]);

/** Whether what is wrong lies in the content of the one file that was read, so that others can be read on. */
export function isAboutOneFile(error: unknown): error is LammError {
  return error instanceof LammError && error.details.file !== undefined && codesOfFile.has(error.code);
}

/** In characters; longer than any sentence of ours, but a file may hold a name or value of any length. */
const maxMessageLength = 2000;

function locate(sentence: string, { file, line }: LammErrorDetails): string {
  const message =
    sentence.length <= maxMessageLength
      ? sentence
      : `${sentence.slice(0, maxMessageLength - 500)} ... ${sentence.slice(-500)}`;
  if (file === undefined) return message;
  return line === undefined ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}
