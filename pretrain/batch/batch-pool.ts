import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { LammError } from '../../src/errors.js';
import { type Answer, createQuestions, type Questions } from '../../src/threads/questions.js';
import type { GraphRules } from '../dataset/graphs.js';
import type { Normalizer } from '../dataset/labels/normalizer.js';
import type { SampleLocation } from '../dataset/prepared/stored-samples.js';
import type { Batch } from './batch.js';
import type { BatchRequest, BatchSource } from './batch-source.js';

/** What a thread makes batches from. */
export interface BatchRecipe {
  readonly location: SampleLocation;
  /** Whose graphs they are. */
  readonly model: GraphRules;
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

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  /** Orders of batches; as long as one is awaited the process lives. */
  readonly orders: Questions<Batch>;
}

/** Batches that a thread has ahead of the step: one is made while another lies ready. */
const batchesAhead = 2;

/**
 * Makes batches in threads while this one computes, the same bits as in this thread.
 *
 * An engine may block this thread, and with it the event loop, for a whole step: the threads need neither, and what
 * they have sent meanwhile is taken without waiting for a turn of the loop.  At most `batchesAhead` batches a thread
 * exist beside the one in use.
 */
export function createBatchPool(recipe: BatchRecipe, threadCount: number): BatchSource {
  const threads = Array.from({ length: threadCount }, () => startThread(recipe));
  const announced = new Map<string, Promise<Batch>>();
  let waited = 0;

  function order({ indices, epoch }: BatchRequest): Promise<Batch> {
    const { orders, port } = threads.reduce((best, thread) =>
      thread.orders.openCount < best.orders.openCount ? thread : best,
    );
    const batch = orders.ask((id) => {
      port.postMessage({ id, indices: indices.slice(), epoch } satisfies BatchOrder); // of a view the whole buffer would be sent
    });
    batch.catch(() => undefined); // a batch that was ordered ahead may never be asked for
    return batch;
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
  const orders = createQuestions<Batch>(port);
  port.on('message', (answer: Answer<Batch>) => orders.take(answer));
  port.unref();
  worker.unref(); // it ends with this thread, and does not keep it alive
  worker.on('error', (cause) =>
    orders.failAll(new LammError('engine', `a thread that makes batches failed: ${cause.message}`, { cause })),
  );
  worker.on('exit', () => orders.failAll(new LammError('engine', 'a thread that makes batches has ended')));
  return { worker, port, orders };
}

/** Takes what has come while the event loop stood still. */
function takeDelivered({ port, orders }: Thread): void {
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return;
    orders.take(received.message);
  }
}
