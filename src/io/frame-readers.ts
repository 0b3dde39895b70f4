import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';
import { atomCountOfSystem, openSystems, readSystem } from './ase/sql-database.js';
import type { ByteSource } from './bytes/byte-source.js';
import { readChunks } from './bytes/read-file.js';
import type { StructureFormat } from './formats.js';
import type { FrameMark } from './frame-index.js';
import type { GraphOptions } from './lmdb/graph-structure.js';
import { atomCountOfRow, locateLmdbRows, readLmdbRow } from './lmdb/rows.js';
import { isQmugs, withQmugsEnergies } from './qmugs/qmugs.js';
import { linesOfRecord } from './sdf/records.js';
import { locateSdfRecords, parseRecord } from './sdf/sdf.js';
import { locateFrame, parseFrame } from './xyz/extxyz-frame.js';
import { locateExtxyzFrames } from './xyz/extxyz-spans.js';

/** How the frames of one file are found and read one by one. */
export interface FrameReader {
  /** Finds all frames; the sizes are counted unless they are given. */
  locate(sizes?: Int32Array): AsyncIterable<FrameMark> | Iterable<FrameMark>;
  read(frame: Pick<FrameMark, 'offset' | 'length' | 'mark'>): Structure;
  /** Number of frames, where it can be told without their sizes. */
  count?(): number;
}

type IndexableFormat = 'extxyz' | 'sdf' | 'lmdb' | 'ase-sqlite';

export function isIndexable(format: StructureFormat): format is IndexableFormat {
  return format in readers;
}

/** The reader of an open file. */
export function openFrameReader(format: IndexableFormat, source: ByteSource, options: GraphOptions): FrameReader {
  return readers[format](source, options);
}

const readers: Readonly<Record<IndexableFormat, (source: ByteSource, options: GraphOptions) => FrameReader>> = {
  extxyz: (source) => {
    const { file = '' } = source;
    return {
      locate: () => locateExtxyzFrames(readChunks(file), file),
      read({ offset, length, mark: line }) {
        const bytes = readFrame(source, offset, length);
        const whole = bytes.at(-1) === 10 ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
        const span = locateFrame(whole, 0, { line, complete: true, file });
        if (span === undefined) throw new LammError('format', 'expected a frame; the file has changed', { file, line });
        return parseFrame(whole, span, file);
      },
    };
  },
  sdf: (source) => {
    const { file = '', size } = source;
    return {
      locate: () => locateSdfRecords(readChunks(file), file),
      read({ offset, length, mark: line }) {
        const bytes = readFrame(source, offset, length);
        const structure = parseRecord(linesOfRecord(bytes, { line, isClosed: offset + bytes.length < size }, file));
        return isQmugs(bytes) ? withQmugsEnergies(structure, file) : structure;
      },
    };
  },
  lmdb: (source, options) => ({
    *locate(sizes) {
      for (const [index, { id, ...span }] of locateLmdbRows(source).entries()) {
        yield { ...span, mark: id, atomCount: sizes?.[index] ?? atomCountOfRow(source, { id, ...span }) };
      }
    },
    read: ({ offset, length, mark: id }) =>
      readLmdbRow(source.read(offset, length), { ...options, id, file: source.file }),
    count: () => locateLmdbRows(source).length,
  }),
  'ase-sqlite': (source) => {
    const { file } = source;
    const table = openSystems(source);
    return {
      *locate() {
        for (const { id, offset, row } of table.locate())
          yield { offset, length: 0, mark: id, atomCount: atomCountOfSystem(row, file) };
      },
      read: ({ offset }) => readSystem(table.read(offset), file),
    };
  },
};

/** The last frame may be shorter than it was taken for: its last line end is missing. */
function readFrame(source: ByteSource, offset: number, length: number): Buffer {
  return source.read(offset, Math.min(length, source.size - offset));
}
