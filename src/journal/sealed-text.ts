import { createHash } from 'node:crypto';
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

/**
 * What was sealed.
 *
 * @throws {LammError} `checkpoint` with the remedy when any bit of it is another.
 */
export function unsealText(text: string, { file, remedy }: { readonly file: string; readonly remedy: string }): string {
  const sealed = text.slice(0, -sealLength);
  const seal = sealPattern.exec(text.slice(-sealLength));
  if (seal?.[1] === createHash('sha256').update(sealed).digest('hex')) return sealed;
  throw damaged({ file, remedy });
}

/**
 * The chunks of a file of any length that was sealed, without the seal.
 *
 * @throws {LammError} `checkpoint` behind the last one when any bit of it is another.
 */
export async function* unsealChunks(
  chunks: AsyncIterable<Buffer>,
  { file, remedy }: { readonly file: string; readonly remedy: string },
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    const sealed = rest.subarray(0, Math.max(0, rest.length - sealLength));
    hash.update(sealed);
    yield sealed;
    rest = rest.subarray(sealed.length);
  }
  if (rest.toString('latin1') !== sealOf(hash.digest('hex'))) throw damaged({ file, remedy });
}

function damaged({ file, remedy }: { readonly file: string; readonly remedy: string }): LammError {
  return new LammError('checkpoint', `the file is damaged, or of an earlier version; ${remedy}`, { file });
}

function sealOf(digest: string): string {
  return `{"sha256":"${digest.padEnd(64, '0')}"}\n`;
}
