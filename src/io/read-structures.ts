import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';
import { tellUnheldConstraints } from './ase/unheld-constraints.js';
import { InputBudget } from './bytes/input-budget.js';
import { collectChunks, openBytes } from './bytes/open-bytes.js';
import { readChunks } from './bytes/read-file.js';
import { dataFolderOf } from './data-folder.js';
import type { FormatOptions, FormatReader } from './format.js';
import {
  formatCalled,
  formatOfBytes,
  formatOfContent,
  formatOfName,
  mayHoldAnother,
  type StructureFormat,
  unknownFormat,
} from './formats.js';
import { type FrameChoice, readFrameChoice, splitFrameChoice } from './frame-choice.js';

export interface ReadOptions extends FormatOptions {
  /** Found from the name, or else the content, when absent. */
  readonly format?: StructureFormat;
  /** One frame by number from 0 (negative: from the end), or a range `start:stop:step`; all when absent. */
  readonly index?: number | string;
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
  options: FormatOptions,
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
  if (named !== undefined && (given !== undefined || !mayHoldAnother(named))) return { format: named, chunks, budget };
  const { value: head, done } = await chunks.next();
  const bytes = done ? Buffer.alloc(0) : Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const format = formatOfBytes(bytes) ?? named ?? formatOfContent(bytes.toString('utf8', 0, 65_536));
  if (format === undefined) {
    await chunks.return(undefined);
    unknownFormat(path);
  }
  return { format, chunks: prepend(bytes, chunks), budget };
}

/** Reads the structures of a detected file. */
export function iterateDetected(
  { format, chunks, files, budget }: DetectedFile,
  path: string,
  options: FormatOptions = {},
): AsyncIterableIterator<Structure> {
  const { read, readFolder, hasConstraints } = formatCalled(format);
  if (files !== undefined) return readFolder?.(path, options) ?? iterateFiles(files, { ...options, format });
  if (read.from === 'chunks') return read.iterate(chunks, { ...options, path, file: nameOf(path), budget });
  const structures = iterateWhole(read, chunks, { ...options, path, budget });
  return hasConstraints && options.onNotice ? tellUnheldConstraints(structures, options.onNotice) : structures;
}

async function* iterateFiles(files: readonly string[], options: ReadOptions): AsyncGenerator<Structure> {
  for (const file of files) yield* iterateStructures(file, options);
}

async function* iterateWhole(
  read: Exclude<FormatReader, { readonly from: 'chunks' }>,
  chunks: AsyncIterable<Uint8Array>,
  { path, budget, ...options }: FormatOptions & { readonly path: string; readonly budget: InputBudget },
): AsyncGenerator<Structure> {
  if (read.from === 'path') {
    await chunks[Symbol.asyncIterator]().return?.();
    yield* read.iterate(path);
  } else if (read.from === 'bytes') {
    using source = await openBytes(path, chunks, budget);
    yield* read.iterate(source, options);
  } else {
    const file = nameOf(path);
    const text = (await collectChunks(chunks, { limit: maxTextBytes, file })).toString('utf8');
    yield* read.iterate(text, { ...options, file, budget });
  }
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** Bytes of a file that is read at once; what unpacks to more is no structure of these formats. */
const maxTextBytes = 2 ** 28;

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
  throw new LammError('usage', `\`index\`: expected a frame number or a range such as "0:100:10", found "${index}"`);
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
