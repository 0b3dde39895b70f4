import { join } from 'node:path';
import { LammError } from '../../../src/errors.js';
import { type ByteSource, openByteSource } from '../../../src/io/bytes/byte-source.js';

// A shard is a header and records.  The place of a record, the number of its shard times 2^32 and its first byte in
// that shard, is one number, exact up to two million shards.
const shardStride = 2 ** 32;

/** Bytes of the place of a record: its position and its length. */
export const placeBytes = 16;

/** A shard is closed when it has so many bytes. */
export const fullShard = 2 ** 31;

export const shardHeaderBytes = 32;
const magic = Buffer.from('LAMMDATA');
const version = 1;

export function shardName(number: number): string {
  return `samples-${String(number).padStart(5, '0')}.bin`;
}

export function joinPosition(shard: number, offset: number): number {
  return shard * shardStride + offset;
}

function splitPosition(position: number): { readonly shard: number; readonly offset: number } {
  const shard = Math.floor(position / shardStride);
  return { shard, offset: position - shard * shardStride };
}

/** Position and length of a record from a file of places. */
export function readPlace(places: ByteSource, index: number): readonly [position: number, length: number] {
  const bytes = places.read(placeBytes * index, placeBytes);
  return [bytes.readDoubleLE(0), bytes.readDoubleLE(8)];
}

/** The beginning of a shard: what it is, of which data set (a hexadecimal name), and its number. */
export function formatShardHeader(dataset: string, number: number): Uint8Array {
  const header = Buffer.alloc(shardHeaderBytes);
  magic.copy(header);
  header.writeUInt32LE(version, 8);
  header.writeUInt32LE(number, 12);
  Buffer.from(dataset.slice(0, 32), 'hex').copy(header, 16);
  return header;
}

/** What a folder says of one of its shards. */
export interface ShardState {
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** @throws {LammError} `format` when a file is not the shard that it should be. */
export function assertShard(
  folder: string,
  number: number,
  { size, dataset }: Pick<ShardState, 'size'> & { readonly dataset: string },
): void {
  using shard = openByteSource(join(folder, shardName(number)));
  const { file } = shard;
  const remedy = 'prepare the data again';
  if (shard.size !== size)
    throw new LammError('format', `expected ${size} bytes, found ${shard.size}; ${remedy}`, { file });
  if (shard.read(0, shardHeaderBytes).equals(formatShardHeader(dataset, number))) return;
  throw new LammError('format', `expected shard ${number} of the data set beside it, found another file; ${remedy}`, {
    file,
  });
}

/** The shards of a folder, each opened when it is first read.  Whoever opens them disposes them. */
export interface Shards extends Disposable {
  /** The bytes begin at a multiple of 8 of their buffer. */
  read(position: number, length: number): Uint8Array;
}

/** More files than this are not kept open; a system allows a process about a thousand. */
const maxOpenShards = 200;

export function openShards(folder: string): Shards {
  const open = new Map<number, ByteSource>();

  function shardOf(number: number): ByteSource {
    const known = open.get(number);
    if (known !== undefined) return known;
    if (open.size >= maxOpenShards) closeAll();
    const shard = openByteSource(join(folder, shardName(number)));
    open.set(number, shard);
    return shard;
  }

  function closeAll(): void {
    for (const shard of open.values()) shard[Symbol.dispose]();
    open.clear();
  }

  return {
    read(position, length) {
      const { shard, offset } = splitPosition(position);
      const bytes = shardOf(shard).read(offset, length);
      return bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes); // numbers are viewed in them
    },
    [Symbol.dispose]: closeAll,
  };
}
