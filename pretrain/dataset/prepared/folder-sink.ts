import { join } from 'node:path';
import { writeFileAtomic } from '../../../src/io/bytes/atomic-file.js';
import { neighborList } from '../../../src/neighbors/neighbor-list.js';
import { createNumberList } from '../sample/number-list.js';
import type { SampleList } from '../sample/sample.js';
import type { SampleSink } from '../sample/sample-sink.js';
import { createRecordTables, encodeRecord, type RecordTables } from './sample-record.js';
import { createShardWriter, type ShardWriterOptions } from './shard-writer.js';
import { openShards, type ShardState } from './shards.js';
import { listRecords } from './stored-samples.js';

/** A sink that writes the records of samples into a folder and reads them from there. */
export interface FolderSink extends SampleSink, AsyncDisposable {
  readonly tables: RecordTables;
  readonly shards: readonly ShardState[];
  /** Writes where the samples of a list lie and how large they are, under a name. */
  saveList(list: SampleList, name: string): Promise<void>;
}

export interface FolderSinkOptions extends ShardWriterOptions {
  /** In A; edges are counted for it. */
  readonly cutoff: number;
}

/** Names of the files of a list. */
export function listFiles(name: string): { readonly places: string; readonly atoms: string; readonly edges: string } {
  return { places: `${name}-places.bin`, atoms: `${name}-atoms.bin`, edges: `${name}-edges.bin` };
}

/** Holds 20 bytes for every sample, and nothing of the samples themselves. */
export function createFolderSink(folder: string, { cutoff, ...options }: FolderSinkOptions): FolderSink {
  const writer = createShardWriter(folder, options);
  const { tables, placeOf } = createRecordTables();
  const positions = createNumberList(Float64Array);
  const [lengths, atoms, edges] = [Uint32Array, Uint32Array, Uint32Array].map(createNumberList);
  const numbersOf = new Map<SampleList, Uint32Array>();
  const reader = openShards(folder);
  let shards: readonly ShardState[] = [];

  return {
    tables,
    get shards() {
      return shards;
    },
    get count() {
      return lengths.length;
    },
    async add(sample) {
      const record = encodeRecord(sample, placeOf(sample));
      lengths.push(record.length);
      atoms.push(sample.structure.numbers.length);
      edges.push(neighborList(sample.structure, cutoff).edgeCount);
      positions.push(await writer.write(record));
    },
    async finish() {
      shards = await writer.finish();
    },
    list(numbers) {
      const [starts, sizes] = [positions.view(), lengths.view()];
      const read = (index: number) => reader.read(starts[numbers[index]], sizes[numbers[index]]);
      const list = listRecords({ length: numbers.length, read, [Symbol.dispose]: () => undefined }, tables);
      numbersOf.set(list, numbers);
      return list;
    },
    async saveList(list, name) {
      const numbers = numbersOf.get(list) ?? new Uint32Array(0);
      const files = listFiles(name);
      const [starts, sizes] = [positions.view(), lengths.view()];
      const column = (values: Uint32Array) => (sample: number) => [values[sample]];
      await writeFileAtomic(
        join(folder, files.places),
        gather(numbers, Float64Array, (sample) => [starts[sample], sizes[sample]]),
      );
      await writeFileAtomic(join(folder, files.atoms), gather(numbers, Uint32Array, column(atoms.view())));
      await writeFileAtomic(join(folder, files.edges), gather(numbers, Uint32Array, column(edges.view())));
    },
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]();
      reader[Symbol.dispose]();
    },
  };
}

const samplesPerPiece = 1 << 16;

/** The values of samples as bytes, piece by piece. */
function* gather(
  samples: Uint32Array,
  type: typeof Float64Array | typeof Uint32Array,
  valuesOf: (sample: number) => readonly number[],
): Generator<Uint8Array> {
  for (let start = 0; start < samples.length; start += samplesPerPiece) {
    const values = Array.from(samples.subarray(start, start + samplesPerPiece), valuesOf).flat();
    yield new Uint8Array(type.from(values).buffer);
  }
}
