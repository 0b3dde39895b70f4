import { join } from 'node:path';
import { openByteSource } from '../../../src/io/bytes/byte-source.js';
import type { KnownSizes, Sample, SampleList } from '../sample/sample.js';
import { createRecordTables, decodeRecord, encodeRecord, type RecordTables } from './sample-record.js';
import { openShards, placeBytes, readPlace } from './shards.js';

/**
 * Where samples lie as records: in memory that threads share, or in the shards of a folder.  A thread can be sent it.
 */
export type SampleLocation = MemoryLocation | FolderLocation;

export interface MemoryLocation {
  readonly kind: 'memory';
  readonly records: SharedArrayBuffer;
  /** First byte and number of bytes of each record, [n x 2]. */
  readonly places: Float64Array<SharedArrayBuffer>;
  readonly tables: RecordTables;
}

export interface FolderLocation {
  readonly kind: 'folder';
  readonly folder: string;
  /** File in it with the place of each record, [n x 2]. */
  readonly placeFile: string;
  readonly count: number;
  readonly tables: RecordTables;
}

/** Samples that lie somewhere as records.  Whoever opens them disposes them. */
export interface StoredSamples extends SampleList, Disposable {
  readonly location: SampleLocation;
}

/** Where samples lie for other threads; those of an array are packed into memory that is shared with them. */
export function shareSamples(samples: SampleList): SampleLocation {
  return isStored(samples) ? samples.location : packSamples(samples);
}

function isStored(samples: SampleList): samples is StoredSamples {
  return 'location' in samples;
}

/** How records are read, by their number. */
export interface Records extends Disposable {
  readonly length: number;
  read(index: number): Uint8Array;
}

/** Puts samples into memory that threads share. */
export function packSamples(samples: Iterable<Sample>): MemoryLocation {
  const { tables, placeOf } = createRecordTables();
  const records = Array.from(samples, (sample) => encodeRecord(sample, placeOf(sample)));
  const bytes = new Uint8Array(new SharedArrayBuffer(records.reduce((sum, { length }) => sum + length, 0)));
  const places = new Float64Array(new SharedArrayBuffer(placeBytes * records.length));
  let offset = 0;
  for (const [index, record] of records.entries()) {
    bytes.set(record, offset);
    places.set([offset, record.length], 2 * index);
    offset += record.length;
  }
  return { kind: 'memory', records: bytes.buffer, places, tables };
}

/**
 * Opens samples to read them in any order.
 *
 * @throws {LammError} `file-not-found` or, when a record is read that is damaged, `format`.
 */
export function openSamples(location: SampleLocation, sizes?: KnownSizes): StoredSamples {
  const records = location.kind === 'memory' ? recordsInMemory(location) : recordsInFolder(location);
  const { length, at, [Symbol.iterator]: iterate } = listRecords(records, location.tables);
  return {
    location,
    ...(sizes && { sizes }),
    length,
    at,
    [Symbol.iterator]: iterate,
    [Symbol.dispose]: () => records[Symbol.dispose](),
  };
}

/** The samples of records. */
export function listRecords({ length, read }: Records, tables: RecordTables): SampleList {
  return {
    length,
    at: (index) => (index >= 0 && index < length ? decodeRecord(read(index), tables) : undefined),
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield decodeRecord(read(index), tables);
    },
  };
}

function recordsInMemory({ records, places }: MemoryLocation): Records {
  return {
    length: places.length / 2,
    read: (index) => new Uint8Array(records, places[2 * index], places[2 * index + 1]),
    [Symbol.dispose]: () => undefined,
  };
}

// Two small reads a sample: what the system keeps of a file in its memory serves all threads and ranks, none has a copy
// of its own.
function recordsInFolder({ folder, placeFile, count }: FolderLocation): Records {
  const places = openByteSource(join(folder, placeFile));
  const shards = openShards(folder);
  return {
    length: count,
    read: (index) => shards.read(...readPlace(places, index)),
    [Symbol.dispose]() {
      places[Symbol.dispose]();
      shards[Symbol.dispose]();
    },
  };
}
