import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { LammError } from '../errors.js';

// Lines of text that know that they are whole: the last one, {"sha256":"..."}, is the hash of all before it.
const sealPattern = /\{"sha256":"([0-9a-f]{64})"\}\n$/;
const sealLength = sealOf('').length;

/** Adds the seal to lines of text. */
export function sealText(text: string): string {
  return text + sealOf(createHash('sha256').update(text).digest('hex'));
}

/** Adds the seal to lines that come in pieces. */
export async function* sealPieces(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  yield sealOf(hash.digest('hex'));
}

/** The file of a sealed text, and what to do when it is damaged. */
export interface SealedPlace {
  readonly file: string;
  readonly remedy: string;
}

/**
 * What was sealed.
 *
 * @throws {LammError} `checkpoint` with the remedy when any bit of it is another.
 */
export function unsealText(text: string, place: SealedPlace): string {
  const sealed = text.slice(0, -sealLength);
  const seal = sealPattern.exec(text.slice(-sealLength));
  if (seal?.[1] === createHash('sha256').update(sealed).digest('hex')) return sealed;
  throw damagedSeal(place);
}

/**
 * A line of JSON that was sealed: anybody can seal anything, so it is looked at as any other input.
 *
 * @throws {LammError} `checkpoint` with the remedy when it does not say what the schema says.
 */
export function parseSealed<Value>(line: string, schema: z.ZodType<Value>, place: SealedPlace): Value {
  const result = schema.safeParse(jsonOf(line));
  if (result.success) return result.data;
  throw damagedSeal(place, result.error);
}

/** Undefined for what is no JSON. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * The chunks of a file of any length that was sealed, without the seal.
 *
 * @throws {LammError} `checkpoint` behind the last one when any bit of it is another.
 */
export async function* unsealChunks(chunks: AsyncIterable<Buffer>, place: SealedPlace): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    const sealed = rest.subarray(0, Math.max(0, rest.length - sealLength));
    hash.update(sealed);
    yield sealed;
    rest = rest.subarray(sealed.length);
  }
  if (rest.toString('latin1') !== sealOf(hash.digest('hex'))) throw damagedSeal(place);
}

/** The error for a sealed file that is not what it should be. */
export function damagedSeal({ file, remedy }: SealedPlace, cause?: unknown): LammError {
  return new LammError('checkpoint', `the file is damaged, or of an earlier version; ${remedy}`, { file, cause });
}

function sealOf(digest: string): string {
  return `{"sha256":"${digest.padEnd(64, '0')}"}\n`;
}
