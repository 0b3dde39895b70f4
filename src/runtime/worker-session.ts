import { Worker } from 'node:worker_threads';
import { LammError } from '../errors.js';
import type { TensorNode } from '../tensor/node.js';
import { lowerToOnnx } from '../tensor/onnx/lower.js';
import { loweringOptions } from './lowering-options.js';
import type { Device, RuntimeOptions, Session, TensorData } from './session.js';

/** What the main thread asks of the worker. */
export type WorkerRequest =
  | { readonly id: number; readonly feeds: Readonly<Record<string, TensorData>> }
  | { readonly id: number; readonly close: true };

/** What the worker answers; the first answer, with id 0, says that the session is open. */
export type WorkerReply =
  | { readonly id: number; readonly opened: { readonly device: Device; readonly notices: readonly string[] } }
  | { readonly id: number; readonly results: Record<string, TensorData> }
  | { readonly id: number; readonly closed: true }
  | { readonly id: number; readonly error: { readonly message: string } };

/** Prepares the graph of `outputs` for ONNX Runtime in a thread of its own, because a run blocks the thread that calls it. */
export async function createWorkerSession(
  outputs: Readonly<Record<string, TensorNode>>,
  options: RuntimeOptions = {},
): Promise<Session> {
  const model = lowerToOnnx(outputs, loweringOptions(options));
  const worker = new Worker(new URL('./session-worker.js', import.meta.url), { workerData: { model, options } });
  const waiting = new Map<number, { resolve(reply: WorkerReply): void; reject(error: unknown): void }>();
  let nextId = 0;

  worker.on('message', (reply: WorkerReply) => {
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (waiting.size === 0) worker.unref(); // an idle session does not keep the process alive
    if ('error' in reply) caller?.reject(new LammError('engine', reply.error.message));
    else caller?.resolve(reply);
  });
  worker.on('error', (cause) =>
    failAll(waiting, new LammError('engine', `the worker thread failed: ${cause.message}`, { cause })),
  );

  function answerTo(id: number): Promise<WorkerReply> {
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  }

  let closed: Promise<void> | undefined;

  function ask(request: WorkerRequest): Promise<WorkerReply> {
    const reply = answerTo(request.id);
    worker.ref();
    worker.postMessage(request);
    return reply;
  }

  async function run(
    feeds: Readonly<Record<string, TensorData>>,
    into: Readonly<Record<string, TensorData>> = {},
  ): Promise<Record<string, TensorData>> {
    if (closed) throw new LammError('engine', 'the session is closed; open another one');
    const needed = Object.fromEntries(model.inputs.map(({ name }) => [name, feeds[name]]));
    const reply = await ask({ id: nextId++, feeds: needed });
    const results = 'results' in reply ? reply.results : {};
    for (const [name, target] of Object.entries(into)) target.data.set(results[name].data);
    return { ...results, ...into };
  }

  const opening = await answerTo(nextId++);
  const { device, notices } = 'opened' in opening ? opening.opened : { device: 'cpu' as const, notices: [] };
  return {
    inputs: model.inputs,
    outputs: model.outputs,
    device,
    notices,
    run,
    [Symbol.asyncDispose]() {
      closed ??= ask({ id: nextId++, close: true }).then(async () => void (await worker.terminate()));
      return closed;
    },
  };
}

function failAll(waiting: Map<number, { reject(error: unknown): void }>, error: LammError): void {
  for (const caller of waiting.values()) caller.reject(error);
  waiting.clear();
}
