import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';
import { writeFileAtomic } from './bytes/atomic-file.js';
import type { FormatWriter } from './format.js';
import { type WritableFormat, writableEndings, writableFormatOfName, writerOf } from './formats.js';

export interface WriteOptions {
  /** Found from the name when absent. */
  readonly format?: WritableFormat;
}

/**
 * Writes structures to a file one after another, all or nothing; a name that ends in `.gz` is packed.
 *
 * @throws {LammError} `usage` when the name gives no format, `format` when the format cannot hold the structures,
 *   `file-write`.
 */
export async function writeStructures(
  path: string,
  structures: Iterable<Structure> | AsyncIterable<Structure>,
  options: WriteOptions = {},
): Promise<void> {
  if (/\.xz$/i.test(path))
    throw new LammError('usage', 'xz is only read; let the name end in .gz to pack it', { file: path });
  const format = options.format ?? writableFormatOfName(path);
  if (format === undefined) {
    throw new LammError(
      'usage',
      `the format is not clear from the name, or is only read; let it end in ${writableEndings()}`,
      { file: path },
    );
  }
  const writer = writerOf(format);
  const { refusalOfMany } = writer;
  const input = refusalOfMany === undefined ? structures : await takeOne(structures, refusalOfMany, path);
  const pieces = formatPieces(input, writer, path);
  await writeFileAtomic(path, /\.gz$/i.test(path) ? pack(pieces) : pieces);
}

async function takeOne(
  structures: Iterable<Structure> | AsyncIterable<Structure>,
  refusalOfMany: string,
  path: string,
): Promise<readonly Structure[]> {
  const taken: Structure[] = [];
  for await (const structure of structures) {
    taken.push(structure);
    if (taken.length < 2) continue;
    throw new LammError('usage', `${refusalOfMany}, found 2 or more; write .xyz instead`, { file: path });
  }
  return taken;
}

async function* formatPieces(
  structures: Iterable<Structure> | AsyncIterable<Structure>,
  { format, refusalOf }: FormatWriter,
  path: string,
): AsyncGenerator<string> {
  let count = 0;
  const names = new Set<string>();
  for await (const structure of structures) {
    const refusal = refusalOf?.(structure);
    if (refusal !== undefined) {
      const message = `structure ${count + 1}: ${refusal}; let the name end in .extxyz`;
      throw new LammError('format', message, { file: path });
    }
    yield format(structure, count++, names);
  }
  if (count === 0) throw new LammError('usage', 'expected at least one structure to write, found none', { file: path });
}

function pack(pieces: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  const gzip = createGzip();
  pipeline(Readable.from(pieces), gzip, () => undefined); // an error comes out of the iteration of `gzip` as well
  return gzip;
}
