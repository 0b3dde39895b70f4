import type { ExampleReader } from '../dataset/graphs.js';
import type { Normalizer } from '../dataset/labels/normalizer.js';
import { type Batch, collate } from './batch.js';

/** The samples of a batch, by number, and the epoch whose noise they get. */
export interface BatchRequest {
  readonly indices: Uint32Array;
  readonly epoch: number;
}

/** Where a training gets its batches from; the same request gives the same bits, whoever makes the batch. */
export interface BatchSource extends AsyncDisposable {
  /** Number of batches after the next one that are worth announcing. */
  readonly lookahead: number;
  /** Time that callers of `next` have waited, in seconds. */
  readonly waited: number;
  /** Says that a batch will be asked for soon, so that it can be made meanwhile; once more says nothing new. */
  announce(request: BatchRequest): void;
  /** @throws {LammError} what stood against making the batch. */
  next(request: BatchRequest): Promise<Batch>;
}

/** Makes every batch when it is asked for, in this thread. */
export function createSerialBatches(reader: ExampleReader, normalizers: readonly Normalizer[]): BatchSource {
  let waited = 0;
  return {
    lookahead: 0,
    get waited() {
      return waited;
    },
    announce: () => undefined,
    async next(request) {
      const start = performance.now();
      const batch = makeBatch(reader, request, normalizers);
      waited += (performance.now() - start) / 1000;
      return batch;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

export function makeBatch(
  reader: ExampleReader,
  { indices, epoch }: BatchRequest,
  normalizers: readonly Normalizer[],
): Batch {
  const examples = Array.from(indices, (index) => reader.example(index, epoch));
  return collate(examples, normalizers);
}
