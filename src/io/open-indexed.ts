import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { countOf } from '../count-of.js';
import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';
import { openByteSource } from './bytes/byte-source.js';
import { packingOf, readBytesSync } from './bytes/read-file.js';
import { dataFolderOf } from './data-folder.js';
import type { FrameReader } from './format.js';
import { endingsOfFrames, formatCalled, formatOfName, type StructureFormat } from './formats.js';
import { indexFrames, loadFrameIndex } from './frame-index.js';
import type { GraphOptions } from './lmdb/graph-structure.js';
import { lmdb } from './lmdb/lmdb-format.js';
import { parseNpz } from './npz.js';

/** A set of structures that can be read in any order.  Whoever opens one disposes it. */
export interface IndexedStructures extends Disposable {
  readonly count: number;
  /** Number of atoms of each structure, [count]. */
  readonly atomCounts: Int32Array;
  read(index: number): Structure;
}

export interface IndexedOptions extends GraphOptions {
  readonly format?: StructureFormat;
}

/**
 * Opens structures to read them in any order: extended XYZ, SDF, an ASE trajectory or database in SQLite, an LMDB
 * database, HDF5, or a folder with the parts of an LMDB database.
 *
 * What is not in a file itself, where each structure lies and how large it is, is found in one pass and kept beside it
 * in `PATH.lamm-index`; later it is read from there as long as the file has not changed.  Where that may not be
 * written, it is found anew each time.  The sizes in `metadata.npz` of fairchem spare the pass over the parts of a
 * folder.
 *
 * @throws {LammError} `usage` for a packed file or another format; `file-not-found`; the errors of the format.
 */
export async function openIndexed(path: string, options: IndexedOptions = {}): Promise<IndexedStructures> {
  const folder = dataFolderOf(path);
  if (folder !== undefined && folder.format === 'lmdb') return openParts(path, folder.files, options);
  const format = options.format ?? formatOfName(path);
  const frames = format === undefined ? undefined : formatCalled(format).frames;
  if (frames?.from === 'path') {
    const reader = await frames.open(path);
    return orDispose(reader, () => openFrames(path, { reader, owner: reader }));
  }
  const source = openByteSource(path);
  return orDispose(source, async () => {
    if (packingOf(source.read(0, Math.min(6, source.size))) !== undefined)
      throw new LammError('usage', 'a packed file cannot be read in any order; unpack it first', { file: path });
    if (frames === undefined)
      throw new LammError('usage', `expected ${endingsOfFrames()}, which can be read in any order`, { file: path });
    return openFrames(path, { reader: frames.open(source, options), owner: source });
  });
}

/** The frames of one file; `sizes` are their numbers of atoms, where they are known. */
async function openFrames(
  file: string,
  { reader, owner, sizes }: { readonly reader: FrameReader; readonly owner: Disposable; readonly sizes?: Int32Array },
): Promise<IndexedStructures> {
  const locate = () => reader.locate(sizes);
  const { atomCounts, placeOf } = await (reader.hasIndex ? indexFrames(locate()) : loadFrameIndex(file, locate));
  const count = atomCounts.length;
  if (count === 0) throw new LammError('format', 'expected at least one structure, found an empty file', { file });
  return {
    count,
    atomCounts,
    read(frame) {
      assertIndex(frame, count, file);
      const structure = reader.read(placeOf(frame));
      assertAtomCount(structure, atomCounts[frame], { frame, file });
      return structure;
    },
    [Symbol.dispose]: () => owner[Symbol.dispose](),
  };
}

/** The parts of a database in a folder, one after another. */
async function openParts(path: string, files: readonly string[], options: GraphOptions): Promise<IndexedStructures> {
  const parts: { source: Disposable; reader: FrameReader }[] = [];
  const owner = { [Symbol.dispose]: () => parts.forEach(({ source }) => source[Symbol.dispose]()) };
  return orDispose(owner, async () => {
    for (const file of files) {
      const source = openByteSource(file);
      parts.push({ source, reader: lmdb.frames.open(source, options) });
    }
    const sizes = storedSizes(path, () => parts.map(({ reader }) => reader.count?.() ?? 0));
    const opened: IndexedStructures[] = [];
    for (const [part, { source, reader }] of parts.entries()) {
      opened.push(await openFrames(files[part], { reader, owner: source, sizes: sizes?.[part] }));
    }
    return joinIndexed(opened, owner);
  });
}

/** The sizes of the structures in each part by `metadata.npz`; undefined when there is none, or one for other parts. */
function storedSizes(path: string, countParts: () => readonly number[]): readonly Int32Array[] | undefined {
  const file = join(path, 'metadata.npz');
  if (!existsSync(file)) return undefined;
  const sizes = parseNpz(readBytesSync(file), 'natoms', { file })?.values;
  const counts = countParts();
  if (sizes?.length !== counts.reduce((sum, count) => sum + count, 0)) return undefined;
  let start = 0;
  return counts.map((count) => {
    start += count;
    return Int32Array.from(sizes.subarray(start - count, start));
  });
}

/** Several sets as one. */
function joinIndexed(parts: readonly IndexedStructures[], owner: Disposable): IndexedStructures {
  const starts = parts.map((_, part) => parts.slice(0, part).reduce((sum, { count }) => sum + count, 0));
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const atomCounts = new Int32Array(count);
  for (const [part, { atomCounts: counts }] of parts.entries()) atomCounts.set(counts, starts[part]);
  return {
    count,
    atomCounts,
    read(index) {
      assertIndex(index, count, undefined);
      const part = starts.findLastIndex((start) => start <= index);
      return parts[part].read(index - starts[part]);
    },
    [Symbol.dispose]: () => owner[Symbol.dispose](),
  };
}

async function orDispose(owner: Disposable, open: () => Promise<IndexedStructures>): Promise<IndexedStructures> {
  try {
    return await open();
  } catch (error) {
    owner[Symbol.dispose]();
    throw error;
  }
}

function assertIndex(index: number, count: number, file: string | undefined): void {
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new LammError('usage', `structure ${index} does not exist: there are ${count}, counted from 0`, { file });
}

/** The sizes may come from a file beside the structures, which another program wrote. */
function assertAtomCount(
  { numbers }: Structure,
  expected: number,
  { frame, file }: { readonly frame: number; readonly file: string | undefined },
): void {
  if (numbers.length === expected) return;
  const folder = file === undefined ? '' : ` in ${dirname(file)}`;
  throw new LammError(
    'format',
    `structure ${frame} has ${countOf(numbers.length, 'atom')}, but the index says ${expected}; remove ${file ?? ''}.lamm-index, and metadata.npz${folder} if there is one`,
    { file },
  );
}
