import fc from 'fast-check';
import { LammError } from '../../src/errors.js';
import type { Structure } from '../../src/structure/structure.js';

/** Reads bytes that may be damaged. */
export type Reader = (bytes: Uint8Array) => Structure[] | Promise<Structure[]>;

export interface RobustnessOptions {
  /** Name that every error must carry. */
  readonly file: string;
  /** Whether every error must name a line. */
  readonly lines: boolean;
}

/**
 * What is wrong with the answers of `read` when `bytes` are cut off after any byte: only errors and leading structures
 * are right.
 */
export async function problemsOfTruncation(
  bytes: Uint8Array,
  read: Reader,
  options: RobustnessOptions,
): Promise<string[]> {
  const whole = (await read(bytes)).map(geometryOf);
  const problems: string[] = [];
  for (let length = 0; length < bytes.length; length++) {
    const result = await attempt(read, bytes.slice(0, length));
    const problem = result instanceof Error ? problemOfError(result, options) : problemOfPrefix(result, whole);
    if (problem !== undefined) problems.push(`cut after byte ${length}: ${problem}`);
  }
  return problems;
}

/**
 * What is wrong with the answers of `read` when `bytes` are cut off after any byte, where a cut may leave a shorter
 * file that is right.
 */
export async function problemsOfCuts(bytes: Uint8Array, read: Reader, options: RobustnessOptions): Promise<string[]> {
  const problems: string[] = [];
  for (let length = 0; length < bytes.length; length++) {
    const problem = problemOfAnswer(await attempt(read, bytes.slice(0, length)), options);
    if (problem !== undefined) problems.push(`cut after byte ${length}: ${problem}`);
  }
  return problems;
}

/** Overwrites, removes and doubles random bytes, and says which answers are neither an error nor finite structures. */
export async function problemsOfDamage(
  bytes: Uint8Array,
  read: Reader,
  options: RobustnessOptions & { runs: number },
): Promise<string[]> {
  const problems: string[] = [];
  const edit = fc.record({ at: fc.nat(bytes.length - 1), kind: fc.nat(2), byte: fc.nat(255) });
  const damages = fc.sample(fc.array(edit, { minLength: 1, maxLength: 4 }), { numRuns: options.runs, seed: 7 });
  for (const damage of [
    ...damages,
    ...fc.sample(fc.array(edit, { minLength: 20, maxLength: 40 }), { numRuns: 20, seed: 8 }),
  ]) {
    const problem = problemOfAnswer(await attempt(read, applyEdits(bytes, damage)), options);
    if (problem !== undefined) problems.push(`${JSON.stringify(damage)}: ${problem}`);
  }
  return problems;
}

interface Edit {
  readonly at: number;
  readonly kind: number;
  readonly byte: number;
}

function applyEdits(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let result: Uint8Array = bytes;
  for (const { at, kind, byte } of edits) {
    const [before, after] = [result.subarray(0, at), result.subarray(at + 1)];
    const middle = Buffer.alloc([1, 0, 4][kind], byte);
    result = Buffer.concat([before, middle, after]);
  }
  return result;
}

async function attempt(read: Reader, bytes: Uint8Array): Promise<Structure[] | Error> {
  try {
    return await read(bytes);
  } catch (error) {
    return error instanceof Error ? error : new Error(`threw ${error}`);
  }
}

function problemOfAnswer(answer: Structure[] | Error, options: RobustnessOptions): string | undefined {
  if (answer instanceof Error) return problemOfError(answer, options);
  return answer.map(problemOfValues).find((text) => text !== undefined);
}

function problemOfError(error: Error, { file, lines }: RobustnessOptions): string | undefined {
  if (!(error instanceof LammError)) return `raw error ${error.stack}`;
  if (error.details.file !== file) return `error without the file: ${error.message}`;
  return lines && error.details.line === undefined ? `error without a line: ${error.message}` : undefined;
}

function problemOfPrefix(structures: readonly Structure[], whole: readonly string[]): string | undefined {
  if (structures.length === 0) return 'no structure and no error';
  const wrong = structures.findIndex((structure, index) => geometryOf(structure) !== whole[index]);
  return wrong < 0 ? undefined : `structure ${wrong + 1} is another one`;
}

function problemOfValues({ positions, cell, masses, labels }: Structure): string | undefined {
  const values = [positions, cell, masses, labels.forces ?? [], labels.stress ?? [], [labels.energy ?? 0]];
  return values.every((array) => Array.from(array).every(Number.isFinite)) ? undefined : 'a value is not finite';
}

function geometryOf({ numbers, positions, cell, pbc, labels }: Structure): string {
  return JSON.stringify([[...numbers], [...positions], [...cell], pbc, labels.energy, [...(labels.forces ?? [])]]);
}
