import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';
import { parseJsonDatabase } from './ase/json-database.js';
import { iterateSqlDatabase } from './ase/sql-database.js';
import { iterateAseTrajectory } from './ase/trajectory.js';
import type { ByteSource } from './byte-source.js';
import { parseCif } from './cif/cif.js';
import { parseCp2kInput } from './cp2k/cp2k-input.js';
import { iterateCp2kOutput } from './cp2k/cp2k-output.js';
import { iterateExtxyz } from './extxyz.js';
import { formatOfContent, formatOfName, type StructureFormat, unknownFormat } from './formats.js';
import { iterateHdf5 } from './hdf5/hdf5.js';
import { iterateAseLmdb } from './lmdb/ase-lmdb.js';
import { collectChunks, openBytes } from './open-bytes.js';
import { parsePoscar } from './poscar.js';
import { parseEspressoInput } from './quantum-espresso/espresso-input.js';
import { iterateEspressoOutput } from './quantum-espresso/espresso-output.js';
import { readChunks } from './read-file.js';
import { iterateSdf } from './sdf/sdf.js';
import { iterateOutcar } from './vasp/outcar.js';
import { iterateVasprun } from './vasp/vasprun.js';

export interface ReadOptions {
  /** Found from the name, or else the content, when absent. */
  readonly format?: StructureFormat;
  /** One frame by number from 0 (negative: from the end), or a range `start:stop:step`; all when absent. */
  readonly index?: number | string;
  /** Called with the error of a record of an SD file that is refused, which is then left out. */
  readonly onRefused?: (error: LammError) => void;
}

/**
 * Reads the structures of a file (`-`: standard input), in order.
 *
 * @throws {LammError} for anything that is not a complete, valid file, with file and line; for a frame that does not exist.
 */
export async function readStructures(path: string, options: ReadOptions = {}): Promise<Structure[]> {
  const range = parseRange(options.index);
  const structures: Structure[] = [];
  for await (const structure of iterateStructures(path, options)) {
    structures.push(structure);
    if (range.single !== undefined && range.single >= 0 && structures.length > range.single) break;
  }
  return select(structures, range, path);
}

/** Reads one structure after another; an extended XYZ file of any length takes the memory of a few frames. */
export async function* iterateStructures(
  path: string,
  { format, onRefused }: Pick<ReadOptions, 'format' | 'onRefused'> = {},
): AsyncGenerator<Structure> {
  yield* iterateDetected(await detectFormat(path, format), path, { onRefused });
}

/** A file whose format is known, not yet read beyond its beginning. */
export interface DetectedFile {
  readonly format: StructureFormat;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The format of a file: as given, by its name, or else by its content. */
export async function detectFormat(path: string, given?: StructureFormat): Promise<DetectedFile> {
  const chunks = readChunks(path);
  const named = given ?? formatOfName(path);
  if (named !== undefined) return { format: named, chunks };
  const { value: head, done } = await chunks.next();
  const bytes = done ? Buffer.alloc(0) : Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const format = formatOfContent(bytes.toString('utf8', 0, 65_536));
  if (format === undefined) {
    await chunks.return(undefined);
    unknownFormat(path);
  }
  return { format, chunks: prepend(bytes, chunks) };
}

/** Reads the structures of a detected file. */
export async function* iterateDetected(
  { format, chunks }: DetectedFile,
  path: string,
  { onRefused }: Pick<ReadOptions, 'onRefused'> = {},
): AsyncGenerator<Structure> {
  const file = path === '-' ? 'standard input' : path;
  if (format === 'hdf5') {
    await chunks[Symbol.asyncIterator]().return?.();
    yield* iterateHdf5(path);
    return;
  }
  if (isStreamed(format)) {
    yield* streamed[format](chunks, { file, onRefused });
    return;
  }
  if (isBinary(format)) {
    using source = await openBytes(path, chunks);
    yield* binary[format](source);
    return;
  }
  const text = (await collectChunks(chunks, { limit: largestText, file })).toString('utf8');
  yield* wholes[format](text, { file });
}

/** Bytes of a file that is read at once; what unpacks to more is no structure of these formats. */
const largestText = 2 ** 28;

type StreamedFormat = 'extxyz' | 'sdf' | 'outcar' | 'vasprun' | 'espresso-out' | 'cp2k-out';
type BinaryFormat = 'ase-trajectory' | 'ase-sqlite' | 'ase-lmdb';
type WholeFormat = Exclude<StructureFormat, StreamedFormat | BinaryFormat | 'hdf5'>;

type Iterate = (
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly file?: string } & Pick<ReadOptions, 'onRefused'>,
) => AsyncIterable<Structure>;
type Parse = (text: string, options: { readonly file?: string }) => Iterable<Structure>;

/** Formats that may be longer than the memory. */
const streamed: Readonly<Record<StreamedFormat, Iterate>> = {
  extxyz: iterateExtxyz,
  sdf: iterateSdf,
  outcar: iterateOutcar,
  vasprun: iterateVasprun,
  'espresso-out': iterateEspressoOutput,
  'cp2k-out': iterateCp2kOutput,
};

/** Formats whose bytes are read here and there. */
const binary: Readonly<Record<BinaryFormat, (source: ByteSource) => Iterable<Structure>>> = {
  'ase-trajectory': iterateAseTrajectory,
  'ase-sqlite': iterateSqlDatabase,
  'ase-lmdb': iterateAseLmdb,
};

/** Formats whose text is read at once. */
const wholes: Readonly<Record<WholeFormat, Parse>> = {
  cif: parseCif,
  poscar: parsePoscar,
  'ase-json': parseJsonDatabase,
  'espresso-in': parseEspressoInput,
  'cp2k-in': parseCp2kInput,
};

function isBinary(format: StructureFormat): format is BinaryFormat {
  return format in binary;
}

function isStreamed(format: StructureFormat): format is StreamedFormat {
  return format in streamed;
}

interface Range {
  readonly single?: number;
  readonly start?: number;
  readonly stop?: number;
  readonly step: number;
}

function parseRange(index: number | string | undefined): Range {
  if (index === undefined) return { step: 1 };
  const parts = String(index).split(':');
  const isValid = parts.length <= 3 && parts.every((part) => /^-?\d*$/.test(part) && part !== '-');
  const [start, stop, step = 1] = parts.map((part) => (part === '' ? undefined : Number(part)));
  if (isValid && parts.length === 1 && start !== undefined) return { single: start, step: 1 };
  if (isValid && parts.length > 1 && step > 0) return { start, stop, step };
  throw new LammError('usage', `expected a frame number or a range such as "0:100:10", found "${index}"`);
}

function select(structures: Structure[], { single, start, stop, step }: Range, path: string): Structure[] {
  if (single === undefined) return structures.slice(start, stop).filter((_, index) => index % step === 0);
  const structure = structures.at(single);
  if (structure !== undefined) return [structure];
  throw new LammError(
    'usage',
    `frame ${single} does not exist: there are ${structures.length} frames, counted from 0`,
    { file: path },
  );
}

async function* prepend(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}
