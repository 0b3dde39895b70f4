import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type ByteSource, byteSourceOf, openByteSource } from './byte-source.js';

/**
 * Opens a file to read it in any order.  A folder stands for the `data.mdb` in it; the standard input and packed files are read
 * into memory from their unpacked `chunks` first.
 */
export async function openBytes(path: string, chunks: AsyncIterable<Uint8Array>): Promise<ByteSource> {
  if (path === '-') return byteSourceOf(await collect(chunks), 'standard input');
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const source = openByteSource(isFolder ? join(path, 'data.mdb') : path);
  const head = source.read(0, Math.min(2, source.size));
  if (head[0] !== 0x1f || head[1] !== 0x8b) return source;
  source[Symbol.dispose]();
  return byteSourceOf(await collect(chunks), path);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return Buffer.concat(pieces);
}
