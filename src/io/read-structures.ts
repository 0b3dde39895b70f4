import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';
import { iterateJsonDatabase } from './ase/json-database.js';
import { iterateSqlDatabase } from './ase/sql-database.js';
import { iterateAseTrajectory } from './ase/trajectory.js';
import { tellUnheldConstraints } from './ase/unheld-constraints.js';
import type { ByteSource } from './bytes/byte-source.js';
import { InputBudget } from './bytes/input-budget.js';
import { collectChunks, openBytes } from './bytes/open-bytes.js';
import { readChunks } from './bytes/read-file.js';
import { isTar } from './bytes/tar.js';
import { type CifOptions, iterateCif } from './cif/cif.js';
import { parseCp2kInput } from './cp2k/cp2k-input.js';
import { iterateCp2kOutput } from './cp2k/cp2k-output.js';
import { isCp2kTrajectory, joinCp2kTrajectory, noticesOfCp2kFrames } from './cp2k/cp2k-trajectory.js';
import { dataFolderOf } from './data-folder.js';
import { formatOfContent, formatOfName, type StructureFormat, unknownFormat } from './formats.js';
import { type FrameChoice, readFrameChoice, splitFrameChoice } from './frame-choice.js';
import { iterateHdf5 } from './hdf5/hdf5.js';
import type { GraphOptions } from './lmdb/graph-structure.js';
import { iterateLmdbRows } from './lmdb/rows.js';
import { isQmugs, iterateQmugs, iterateQmugsFolder, iterateSdfTar } from './qmugs/qmugs.js';
import { parseEspressoInput } from './quantum-espresso/espresso-input.js';
import { iterateEspressoOutput } from './quantum-espresso/espresso-output.js';
import { iterateSdf } from './sdf/sdf.js';
import type { StreamOptions } from './text/chunk-parser.js';
import { iterateOutcar } from './vasp/outcar.js';
import { parsePoscar } from './vasp/poscar.js';
import { iterateVasprun } from './vasp/vasprun.js';
import { iterateExtxyz } from './xyz/extxyz.js';

export interface ReadOptions extends GraphOptions {
  /** Found from the name, or else the content, when absent. */
  readonly format?: StructureFormat;
  /** One frame by number from 0 (negative: from the end), or a range `start:stop:step`; all when absent. */
  readonly index?: number | string;
  /** What becomes of the sites of a CIF that several elements share, or that are not full. */
  readonly occupancy?: CifOptions['occupancy'];
  /** Whether steps of a run that did not converge are given too, with `info.unconverged`. */
  readonly keepUnconverged?: boolean;
  /** Called with what had to be assumed about a file, or was left out of it, one sentence each. */
  readonly onNotice?: (notice: string) => void;
  /** Called with the error of a record of an SD file or a block of a CIF that is refused, which is then left out. */
  readonly onRefused?: (error: LammError) => void;
}

/**
 * Reads the structures of a file (`-`: standard input) or of a folder that is one set, in order; `FILE@2` and
 * `FILE@NAME` are one frame.
 *
 * @throws {LammError} for anything that is not a complete, valid file, with file and line; for a frame that does not
 *   exist.
 */
export async function readStructures(path: string, options: ReadOptions = {}): Promise<Structure[]> {
  const { format, index, ...others } = options;
  const source =
    index === undefined && splitFrameChoice(path).wanted === undefined
      ? iterateDetected(await detectFormat(path, format), path, others) // one generator less for each structure
      : iterateStructures(path, options);
  const structures: Structure[] = [];
  for await (const structure of source) structures.push(structure);
  return structures;
}

/**
 * Reads one structure after another; an extended XYZ file of any length takes the memory of a few frames.  Nothing is
 * read behind the last frame that `index` asks for; frames that are counted from the end are known at the end only, and
 * all are held in memory until then.
 */
export async function* iterateStructures(
  path: string,
  { format, index, ...options }: ReadOptions = {},
): AsyncGenerator<Structure> {
  const range = parseRange(index);
  const { file, wanted } = splitFrameChoice(path);
  if (wanted !== undefined) {
    if (index !== undefined)
      throw new LammError('usage', `expected ${file} or no \`index\`: ${path} is one frame already`);
    yield await readChosen(await detectFormat(file, format), { file, wanted }, options);
    return;
  }
  const structures = iterateDetected(await detectFormat(path, format), path, options);
  if (index === undefined) yield* structures;
  else if ((range.start ?? 0) < 0 || (range.stop ?? 0) < 0) yield* selectFromEnd(structures, range, path);
  else yield* selectFromStart(structures, range, path);
}

/** The one frame that `FILE@2` or `FILE@NAME` is. */
export function readChosen(
  detected: DetectedFile,
  { file, wanted }: Required<FrameChoice>,
  options: Omit<ReadOptions, 'index' | 'format'>,
): Promise<Structure> {
  return readFrameChoice((onRefused) => iterateDetected(detected, file, { ...options, onRefused }), wanted, file);
}

/** A file whose format is known, not yet read beyond its beginning. */
export interface DetectedFile {
  readonly format: StructureFormat;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** What reading the chunks may cost. */
  readonly budget: InputBudget;
  /** The files of a folder that is one set, instead of the chunks. */
  readonly files?: readonly string[];
}

/** The format of a file: as given, by its name, or else by its content; of a folder by the names in it. */
export async function detectFormat(path: string, given?: StructureFormat): Promise<DetectedFile> {
  const folder = path === '-' ? undefined : dataFolderOf(path);
  if (folder !== undefined) return { ...folder, chunks: noChunks(), budget: new InputBudget(path) };
  const budget = new InputBudget(nameOf(path));
  const chunks = readChunks(path, budget);
  const named = given ?? formatOfName(path);
  if (named !== undefined && (given !== undefined || named !== 'sdf')) return { format: named, chunks, budget };
  const { value: head, done } = await chunks.next();
  const bytes = done ? Buffer.alloc(0) : Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const format = formatOfBytes(bytes) ?? named ?? formatOfContent(bytes.toString('utf8', 0, 65_536));
  if (format === undefined) {
    await chunks.return(undefined);
    unknownFormat(path);
  }
  return { format, chunks: prepend(bytes, chunks), budget };
}

/** Formats that are known by their content alone, whatever the name says. */
function formatOfBytes(head: Buffer): StructureFormat | undefined {
  if (isTar(head)) return 'sdf-tar';
  return isQmugs(head) ? 'qmugs' : undefined;
}

/** Reads the structures of a detected file. */
export function iterateDetected(
  detected: DetectedFile,
  path: string,
  options: Omit<ReadOptions, 'index' | 'format'> = {},
): AsyncIterableIterator<Structure> {
  const { format, chunks, files, budget } = detected;
  if (files !== undefined) return iterateFolder(files, format, { ...options, path });
  if (!isStreamed(format)) return iterateOthers(format, chunks, { ...options, path, budget });
  const { onRefused, onNotice, keepUnconverged } = options;
  const isCp2k = format === 'extxyz' && isCp2kTrajectory(path);
  const structures = streamed[format](chunks, {
    file: nameOf(path),
    budget,
    onRefused,
    onNotice: isCp2k ? noticesOfCp2kFrames(path, onNotice) : onNotice,
    keepUnconverged,
  });
  return isCp2k ? joinCp2kTrajectory(structures, path, onNotice) : structures;
}

type FileOptions = Omit<ReadOptions, 'index' | 'format'> & { readonly path: string };

async function* iterateFolder(
  files: readonly string[],
  format: StructureFormat,
  { path, ...options }: FileOptions,
): AsyncGenerator<Structure> {
  if (format === 'qmugs') yield* iterateQmugsFolder(path, options);
  else for (const file of files) yield* iterateStructures(file, { ...options, format });
}

function iterateOthers(
  format: Exclude<StructureFormat, StreamedFormat>,
  chunks: AsyncIterable<Uint8Array>,
  options: FileOptions & { readonly budget: InputBudget },
): AsyncGenerator<Structure> {
  const structures = iterateWholes(format, chunks, options);
  const mayBeConstrained = format === 'lmdb' || format.startsWith('ase-');
  return mayBeConstrained && options.onNotice ? tellUnheldConstraints(structures, options.onNotice) : structures;
}

async function* iterateWholes(
  format: Exclude<StructureFormat, StreamedFormat>,
  chunks: AsyncIterable<Uint8Array>,
  { path, budget, ...options }: FileOptions & { readonly budget: InputBudget },
): AsyncGenerator<Structure> {
  if (format === 'hdf5') {
    await chunks[Symbol.asyncIterator]().return?.();
    yield* iterateHdf5(path);
    return;
  }
  if (isBinary(format)) {
    using source = await openBytes(path, chunks, budget);
    yield* binary[format](source, options);
    return;
  }
  const file = nameOf(path);
  const text = (await collectChunks(chunks, { limit: maxTextBytes, file })).toString('utf8');
  const { occupancy, onNotice, onRefused } = options;
  yield* wholes[format](text, { file, budget, occupancy, onNotice, onRefused });
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** Bytes of a file that is read at once; what unpacks to more is no structure of these formats. */
const maxTextBytes = 2 ** 28;

type StreamedFormat = 'extxyz' | 'sdf' | 'qmugs' | 'sdf-tar' | 'outcar' | 'vasprun' | 'espresso-out' | 'cp2k-out';
type BinaryFormat = 'ase-trajectory' | 'ase-sqlite' | 'lmdb';
type WholeFormat = Exclude<StructureFormat, StreamedFormat | BinaryFormat | 'hdf5'>;

type Iterate = (
  chunks: AsyncIterable<Uint8Array>,
  options: StreamOptions & Pick<ReadOptions, 'onRefused' | 'onNotice' | 'keepUnconverged'>,
) => AsyncIterableIterator<Structure>;
type Parse = (
  text: string,
  options: StreamOptions & Pick<ReadOptions, 'occupancy' | 'onNotice' | 'onRefused'>,
) => Iterable<Structure>;

/** Formats that may be longer than the memory. */
const streamed: Readonly<Record<StreamedFormat, Iterate>> = {
  extxyz: iterateExtxyz,
  sdf: iterateSdf,
  qmugs: iterateQmugs,
  'sdf-tar': iterateSdfTar,
  outcar: iterateOutcar,
  vasprun: iterateVasprun,
  'espresso-out': iterateEspressoOutput,
  'cp2k-out': iterateCp2kOutput,
};

/** Formats whose bytes are read here and there. */
const binary: Readonly<Record<BinaryFormat, (source: ByteSource, options: GraphOptions) => Iterable<Structure>>> = {
  'ase-trajectory': iterateAseTrajectory,
  'ase-sqlite': iterateSqlDatabase,
  lmdb: iterateLmdbRows,
};

/** Formats whose text is read at once. */
const wholes: Readonly<Record<WholeFormat, Parse>> = {
  cif: iterateCif,
  poscar: parsePoscar,
  'ase-json': iterateJsonDatabase,
  'espresso-in': parseEspressoInput,
  'cp2k-in': parseCp2kInput,
};

function isBinary(format: StructureFormat): format is BinaryFormat {
  return format in binary;
}

function isStreamed(format: StructureFormat): format is StreamedFormat {
  return format in streamed;
}

/** Frames from `start` up to but not including `stop`, counted from 0, or from the end when negative. */
interface Range {
  readonly start?: number;
  readonly stop?: number;
  readonly step: number;
  /** Whether one frame was asked for, which must exist. */
  readonly isSingle: boolean;
}

function parseRange(index: number | string | undefined): Range {
  if (index === undefined) return { step: 1, isSingle: false };
  const parts = String(index).split(':');
  const isValid = parts.length <= 3 && parts.every((part) => /^-?\d*$/.test(part) && part !== '-');
  const [start, stop, step = 1] = parts.map((part) => (part === '' ? undefined : Number(part)));
  if (isValid && parts.length === 1 && start !== undefined)
    return { start, ...(start !== -1 && { stop: start + 1 }), step: 1, isSingle: true };
  if (isValid && parts.length > 1 && step > 0) return { start, stop, step, isSingle: false };
  throw new LammError('usage', `expected a frame number or a range such as "0:100:10", found "${index}"`);
}

async function* selectFromStart(
  structures: AsyncIterable<Structure>,
  { start = 0, stop = Number.POSITIVE_INFINITY, step, isSingle }: Range,
  path: string,
): AsyncGenerator<Structure> {
  let frame = 0;
  for await (const structure of structures) {
    if (frame >= start && frame < stop && (frame - start) % step === 0) yield structure;
    frame++;
    if (frame >= stop) return;
  }
  if (isSingle && frame <= start) throw missingFrame(start, frame, path);
}

async function* selectFromEnd(
  structures: AsyncIterable<Structure>,
  { start, stop, step, isSingle }: Range,
  path: string,
): AsyncGenerator<Structure> {
  const all: Structure[] = [];
  for await (const structure of structures) all.push(structure);
  if (isSingle && -(start ?? 0) > all.length) throw missingFrame(start ?? 0, all.length, path);
  yield* all.slice(start, stop).filter((_, index) => index % step === 0);
}

function missingFrame(frame: number, count: number, path: string): LammError {
  return new LammError(
    'usage',
    `frame ${frame} does not exist: there ${count === 1 ? 'is 1 frame' : `are ${count} frames`}, counted from 0`,
    {
      file: path,
    },
  );
}

async function* noChunks(): AsyncGenerator<Uint8Array> {}

async function* prepend(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}
