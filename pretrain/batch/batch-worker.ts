import { workerData } from 'node:worker_threads';
import { packError } from '../../src/threads/packed-error.js';
import type { Answer } from '../../src/threads/questions.js';
import { createExampleReader, type ExampleReader } from '../dataset/graphs.js';
import { openSamples } from '../dataset/prepared/stored-samples.js';
import type { Batch } from './batch.js';
import type { BatchOrder, BatchThreadData } from './batch-pool.js';
import { makeBatch } from './batch-source.js';

/**
 * The thread behind `createBatchPool`: opens the samples that it was told of, then makes batches in the order of the
 * requests.
 */
function serve({ location, model, seed, normalizers, port }: BatchThreadData): void {
  let reader: ExampleReader | undefined;
  port.on('message', ({ id, ...request }: BatchOrder) => {
    try {
      reader ??= createExampleReader(openSamples(location), { model, seed });
      const batch = makeBatch(reader, request, normalizers);
      port.postMessage({ id, result: batch } satisfies Answer<Batch>, buffersOf(batch));
    } catch (error) {
      port.postMessage({ id, error: packError(error) } satisfies Answer<Batch>);
    }
  });
}

/** Memory that moves to the other thread with a batch. */
function buffersOf(batch: Batch): ArrayBuffer[] {
  const values: unknown[] = [batch, batch.graph, ...Object.values(batch.labels)].flatMap((part) => Object.values(part));
  const buffers = values.map((value) => (ArrayBuffer.isView(value) ? value.buffer : undefined));
  return [...new Set(buffers.filter((buffer) => buffer instanceof ArrayBuffer))];
}

serve(workerData);
