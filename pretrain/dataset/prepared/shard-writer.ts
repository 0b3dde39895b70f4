import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { writeFileAtomic } from '../../../src/io/bytes/atomic-file.js';
import { formatShardHeader, fullShard, joinPosition, type ShardState, shardHeaderBytes, shardName } from './shards.js';

/** Writes records one after another into shards. */
export interface ShardWriter extends AsyncDisposable {
  /** Returns the position of the record. */
  write(record: Uint8Array): Promise<number>;
  /** Closes the last shard. */
  finish(): Promise<readonly ShardState[]>;
}

export interface ShardWriterOptions {
  /** Name of the data set, hexadecimal. */
  readonly dataset: string;
  /** Bytes with which a shard is full. */
  readonly shardBytes?: number;
}

/** Records are small: so many bytes are handed on together. */
const chunkBytes = 1 << 20;

export function createShardWriter(
  folder: string,
  { dataset, shardBytes = fullShard }: ShardWriterOptions,
): ShardWriter {
  const states: ShardState[] = [];
  let shard: OpenShard | undefined;

  async function close(): Promise<void> {
    if (shard !== undefined) states.push(await shard.close());
    shard = undefined;
  }

  return {
    async write(record) {
      if (shard !== undefined && shard.size + record.length > shardBytes) await close();
      shard ??= openShard(join(folder, shardName(states.length)), formatShardHeader(dataset, states.length));
      const position = joinPosition(states.length, shard.size);
      await shard.append(record);
      return position;
    },
    async finish() {
      await close();
      return states;
    },
    async [Symbol.asyncDispose]() {
      await shard?.abandon();
    },
  };
}

interface OpenShard {
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<ShardState>;
  /** Leaves nothing of it. */
  abandon(): Promise<void>;
}

function openShard(path: string, header: Uint8Array): OpenShard {
  const stream = new PassThrough({ highWaterMark: 4 * chunkBytes });
  const written = writeFileAtomic(path, stream);
  written.catch(() => undefined); // it is awaited at the next write
  stream.on('error', () => undefined); // the same failure
  const hash = createHash('sha256');
  let chunk: Uint8Array[] = [header];
  let [held, size] = [header.length, shardHeaderBytes];

  async function flush(): Promise<void> {
    const bytes = Buffer.concat(chunk);
    [chunk, held] = [[], 0];
    hash.update(bytes);
    if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), written]);
  }

  return {
    get size() {
      return size;
    },
    async append(bytes) {
      chunk.push(bytes);
      held += bytes.length;
      size += bytes.length;
      if (held >= chunkBytes) await flush();
    },
    async close() {
      await flush();
      stream.end();
      await written;
      return { size, sha256: hash.digest('hex') };
    },
    async abandon() {
      stream.destroy(new Error('given up'));
      await written.catch(() => undefined);
    },
  };
}
