import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { LammError } from '../../src/errors.js';
import type { RepulsionKind } from '../../src/models/repulsion.js';
import type { Normalizer } from '../dataset/labels/normalizer.js';
import type { SampleLocation } from '../dataset/prepared/stored-samples.js';
import type { Batch } from './batch.js';
import type { BatchRequest, BatchSource } from './batch-source.js';
import { type PackedError, unpackError } from './thread-error.js';

/** What a thread makes batches from. */
export interface BatchRecipe {
  readonly location: SampleLocation;
  /** In A. */
  readonly cutoff: number;
  /** What the model adds to its network. */
  readonly repulsion?: RepulsionKind;
  /** Of the noise. */
  readonly seed: number;
  readonly normalizers: readonly Normalizer[];
}

/** What a thread starts with. */
export interface BatchThreadData extends BatchRecipe {
  readonly port: MessagePort;
}

/** What a thread is asked for. */
export interface BatchOrder extends BatchRequest {
  readonly id: number;
}

/** What a thread answers. */
export type BatchReply = { readonly id: number } & ({ readonly batch: Batch } | { readonly error: PackedError });

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  /** Those who wait for its batches. */
  readonly callers: Map<number, (reply: BatchReply | LammError) => void>;
}

/** Batches that a thread has ahead of the step: one is made while another lies ready. */
const batchesAhead = 2;

/**
 * Makes batches in threads while this one computes, the same bits as in this thread.
 *
 * An engine may block this thread, and with it the event loop, for a whole step: the threads need neither, and what they have sent
 * meanwhile is taken without waiting for a turn of the loop.  At most `batchesAhead` batches a thread exist beside the one in use.
 */
export function createBatchPool(recipe: BatchRecipe, threadCount: number): BatchSource {
  const threads = Array.from({ length: threadCount }, () => startThread(recipe));
  const announced = new Map<string, Promise<Batch>>();
  let nextId = 0;
  let waited = 0;

  function order({ indices, epoch }: BatchRequest): Promise<Batch> {
    const { callers, port } = threads.reduce((best, thread) =>
      thread.callers.size < best.callers.size ? thread : best,
    );
    const id = nextId++;
    const promise = new Promise<Batch>((resolve, reject) => {
      callers.set(id, (reply) => {
        if (reply instanceof LammError) reject(reply);
        else if ('batch' in reply) resolve(reply.batch);
        else reject(unpackError(reply.error));
      });
    });
    promise.catch(() => undefined); // a batch that was ordered ahead may never be asked for
    port.ref(); // as long as a batch is awaited the process lives
    port.postMessage({ id, indices: indices.slice(), epoch } satisfies BatchOrder); // of a view the whole buffer would be sent
    return promise;
  }

  function announce(request: BatchRequest): Promise<Batch> {
    const key = keyOf(request);
    const batch = announced.get(key) ?? order(request);
    announced.set(key, batch);
    return batch;
  }

  return {
    lookahead: batchesAhead * threadCount,
    get waited() {
      return waited;
    },
    announce,
    async next(request) {
      const start = performance.now();
      const batch = announce(request);
      announced.delete(keyOf(request));
      for (const thread of threads) takeDelivered(thread);
      try {
        return await batch;
      } finally {
        waited += (performance.now() - start) / 1000;
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { port } of threads) port.close();
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

function keyOf({ indices, epoch }: BatchRequest): string {
  return `${epoch}/${indices.join()}`;
}

function startThread(recipe: BatchRecipe): Thread {
  const { port1: port, port2 } = new MessageChannel();
  const workerData: BatchThreadData = { ...recipe, port: port2 };
  const worker = new Worker(new URL('./batch-worker.js', import.meta.url), { workerData, transferList: [port2] });
  const thread: Thread = { worker, port, callers: new Map() };
  port.on('message', (reply: BatchReply) => deliver(thread, reply));
  port.unref();
  worker.unref(); // it ends with this thread, and does not keep it alive
  worker.on('error', (cause) => failAll(thread, `a thread that makes batches failed: ${cause.message}`, cause));
  worker.on('exit', () => failAll(thread, 'a thread that makes batches has ended'));
  return thread;
}

/** Takes what has come while the event loop stood still. */
function takeDelivered(thread: Thread): void {
  for (;;) {
    const received = receiveMessageOnPort(thread.port);
    if (received === undefined) return;
    deliver(thread, received.message);
  }
}

function deliver({ callers, port }: Thread, reply: BatchReply): void {
  callers.get(reply.id)?.(reply);
  callers.delete(reply.id);
  if (callers.size === 0) port.unref();
}

function failAll({ callers, port }: Thread, message: string, cause?: unknown): void {
  for (const fail of callers.values()) fail(new LammError('engine', message, { cause }));
  callers.clear();
  port.unref();
}
