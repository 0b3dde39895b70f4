import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';
import { writeFileAtomic } from './atomic-file.js';
import { formatCif } from './cif/format-cif.js';
import { formatExtxyz } from './extxyz.js';
import { formatOfName, type StructureFormat } from './formats.js';
import { formatPoscar } from './poscar.js';

export interface WriteOptions {
  /** Found from the name when absent. */
  readonly format?: StructureFormat;
}

/**
 * Writes structures to a file, all or nothing; a name that ends in `.gz` is packed.
 *
 * @throws {LammError} `usage` when the name gives no format, `format` when the format cannot hold the structures, `file-write`.
 */
export async function writeStructures(
  path: string,
  structures: readonly Structure[],
  options: WriteOptions = {},
): Promise<void> {
  const format = options.format ?? formatOfName(path);
  if (format === undefined) {
    throw new LammError('usage', 'the format is not clear from the name; let it end in .xyz, .extxyz, .cif or .vasp', {
      file: path,
    });
  }
  if (structures.length === 0)
    throw new LammError('usage', 'expected at least one structure to write, found none', { file: path });
  const pieces = formatPieces(structures, format, path);
  await writeFileAtomic(path, /\.gz$/i.test(path) ? pack(pieces) : pieces);
}

function* formatPieces(structures: readonly Structure[], format: StructureFormat, path: string): Generator<string> {
  if (format === 'poscar' && structures.length > 1) {
    throw new LammError('usage', `a POSCAR holds one structure, found ${structures.length}; write .xyz instead`, {
      file: path,
    });
  }
  const formatOne = { extxyz: formatExtxyz, poscar: formatPoscar, cif: formatCif }[format];
  for (const [index, structure] of structures.entries()) yield formatOne(structure, index);
}

function pack(pieces: Iterable<string>): AsyncIterable<Uint8Array> {
  const gzip = createGzip();
  pipeline(Readable.from(pieces), gzip, () => undefined); // an error comes out of the iteration of `gzip` as well
  return gzip;
}
