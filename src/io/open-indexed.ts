import { statSync } from 'node:fs';
import { join } from 'node:path';
import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';
import { openAseTrajectory } from './ase/trajectory.js';
import { type ByteSource, openByteSource } from './byte-source.js';
import { locateFrame, parseFrame } from './extxyz-frame.js';
import { locateExtxyzFrames } from './extxyz-spans.js';
import { formatOfName, type StructureFormat } from './formats.js';
import { type FrameIndex, loadFrameIndex } from './frame-index.js';
import { atomCountOfRow, locateAseLmdbRows, readAseLmdbRow } from './lmdb/ase-lmdb.js';
import { packingOf, readChunks } from './read-file.js';
import { linesOfRecord } from './sdf/records.js';
import { locateSdfRecords, parseRecord } from './sdf/sdf.js';

/** A set of structures that can be read in any order.  Whoever opens one disposes it. */
export interface IndexedStructures extends Disposable {
  readonly count: number;
  /** Number of atoms of each structure, [count]. */
  readonly atomCounts: Int32Array;
  read(index: number): Structure;
}

/**
 * Opens a file of structures to read them in any order: extended XYZ, SDF, an ASE trajectory or an ASE database in LMDB.
 *
 * What is not in the file itself, where each structure lies and how large it is, is found in one pass and kept beside it in
 * `PATH.lamm-index`; later it is read from there as long as the file has not changed.
 *
 * @throws {LammError} `usage` for a packed file or another format; `file-not-found`; the errors of the format.
 */
export async function openIndexed(
  path: string,
  options: { readonly format?: StructureFormat } = {},
): Promise<IndexedStructures> {
  const format = options.format ?? formatOfName(path);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = isFolder ? join(path, 'data.mdb') : path;
  const source = openByteSource(file);
  try {
    if (packingOf(source.read(0, Math.min(6, source.size))) !== undefined)
      throw new LammError('usage', 'a packed file cannot be read in any order; unpack it first', { file });
    if (format === 'ase-trajectory') return indexTrajectory(source);
    const reader = format === undefined ? undefined : readers[format];
    if (reader !== undefined)
      return indexFrames(source, await loadFrameIndex(file, () => reader.locate(source, file)), reader);
    throw new LammError('usage', 'expected .extxyz, .xyz, .sdf, .traj or .aselmdb, which can be read in any order', {
      file,
    });
  } catch (error) {
    source[Symbol.dispose]();
    throw error;
  }
}

/** How the frames of a format are found and read one by one. */
interface FrameReader {
  locate(source: ByteSource, file: string): ReturnType<Parameters<typeof loadFrameIndex>[1]>;
  /** `isLast`: nothing follows in the file. */
  read(bytes: Buffer, mark: number, place: { readonly file: string | undefined; readonly isLast: boolean }): Structure;
}

const readers: Partial<Record<StructureFormat, FrameReader>> = {
  extxyz: {
    locate: (_, file) => locateExtxyzFrames(readChunks(file), file),
    read: (bytes, line, { file }) => {
      const whole = bytes.at(-1) === 10 ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
      const span = locateFrame(whole, 0, { line, complete: true, file });
      if (span === undefined) throw new LammError('format', 'expected a frame; the file has changed', { file, line });
      return parseFrame(whole, span, file);
    },
  },
  sdf: {
    locate: (_, file) => locateSdfRecords(readChunks(file), file),
    read: (bytes, line, { file, isLast }) => parseRecord(linesOfRecord(bytes, { line, isClosed: !isLast }, file)),
  },
  'ase-lmdb': {
    *locate(source) {
      for (const { id, ...span } of locateAseLmdbRows(source)) {
        yield { ...span, mark: id, atomCount: atomCountOfRow(source, { id, ...span }) };
      }
    },
    read: (bytes, id, { file }) => readAseLmdbRow(bytes, id, file),
  },
};

function indexFrames(source: ByteSource, index: FrameIndex, reader: FrameReader): IndexedStructures {
  const { offsets, lengths, marks, atomCounts } = index;
  const { file, size } = source;
  const count = atomCounts.length;
  if (count === 0) throw new LammError('format', 'expected at least one structure, found an empty file', { file });
  return {
    count,
    atomCounts,
    read(frame) {
      assertIndex(frame, count, source);
      const length = Math.min(lengths[frame], size - offsets[frame]);
      const bytes = source.read(offsets[frame], length);
      return reader.read(bytes, marks[frame], { file, isLast: offsets[frame] + length >= size });
    },
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}

function indexTrajectory(source: ByteSource): IndexedStructures {
  const { count, read, atomCount } = openAseTrajectory(source);
  return {
    count,
    atomCounts: Int32Array.from({ length: count }, (_, frame) => atomCount(frame)),
    read(frame) {
      assertIndex(frame, count, source);
      return read(frame);
    },
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}

function assertIndex(index: number, count: number, { file }: ByteSource): void {
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new LammError('usage', `structure ${index} does not exist: there are ${count}, counted from 0`, { file });
}
