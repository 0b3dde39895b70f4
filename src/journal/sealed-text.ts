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
  throw new LammError('checkpoint', `the file is damaged, or of an earlier version; ${remedy}`, { file });
}

function sealOf(digest: string): string {
  return `{"sha256":"${digest.padEnd(64, '0')}"}\n`;
}
