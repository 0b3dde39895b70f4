import { LammError } from '../../errors.js';
import { type ByteSource, byteSourceOf, openByteSource } from './byte-source.js';
import type { InputBudget } from './input-budget.js';
import { packingOf } from './read-file.js';

/** Bytes that are held in memory because they cannot be read in any order where they are. */
const maxInputBytes = 2 ** 30;

/**
 * Opens a file to read it in any order.  The standard input and packed files are read into memory from their unpacked
 * `chunks` first.
 */
export async function openBytes(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  budget: InputBudget,
): Promise<ByteSource> {
  const collect = async (file: string) =>
    byteSourceOf(await collectChunks(chunks, { limit: maxInputBytes, file }), file, budget);
  if (path === '-') return collect('standard input');
  const source = openByteSource(path);
  if (packingOf(source.read(0, Math.min(6, source.size))) === undefined) return source;
  source[Symbol.dispose]();
  return collect(path);
}

/**
 * All bytes of an input.
 *
 * @throws {LammError} `format` when they are more than `limit`.
 */
export async function collectChunks(
  chunks: AsyncIterable<Uint8Array>,
  { limit, file }: { readonly limit: number; readonly file: string },
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) {
      const megabytes = Math.round(limit / 2 ** 20);
      throw new LammError('format', `expected at most ${megabytes} MB, found more; unpack the file, or split it`, {
        file,
        line: 1,
      });
    }
    pieces.push(chunk);
  }
  return Buffer.concat(pieces);
}
