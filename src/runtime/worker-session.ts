import { Worker } from 'node:worker_threads';
import { LammError } from '../errors.js';
import type { TensorNode } from '../tensor/node.js';
import { lowerToOnnx } from '../tensor/onnx/lower.js';
import { type Answer, createQuestions } from '../threads/questions.js';
import { loweringOptions } from './lowering-options.js';
import { holdHere, type RuntimeOptions, type Session, type TensorData } from './session.js';

/** What the main thread asks of the worker: to run the graph, or to close the session. */
export type WorkerRequest = { readonly id: number } & (
  | { readonly feeds: Readonly<Record<string, TensorData>> }
  | { readonly close: true }
);

/** What the worker answers: to question 0, which is not sent, that the session is open; then results, or nothing. */
export type WorkerResult =
  | { readonly opened: Pick<Session, 'device' | 'notices'> }
  | { readonly outputs: Record<string, TensorData> }
  | undefined;

/**
 * Prepares the graph of `outputs` for ONNX Runtime in a thread of its own, because a run blocks the thread that calls
 * it.
 */
export async function createWorkerSession(
  outputs: Readonly<Record<string, TensorNode>>,
  options: RuntimeOptions = {},
): Promise<Session> {
  const model = lowerToOnnx(outputs, loweringOptions(options));
  const { inputs, outputs: names } = model; // the bytes, as large as the weights, are let go
  const worker = new Worker(new URL('./session-worker.js', import.meta.url), { workerData: { model, options } });
  const questions = createQuestions<WorkerResult>(worker); // an idle session does not keep the process alive
  worker.on('message', (answer: Answer<WorkerResult>) => questions.take(answer));
  worker.on('error', (cause) =>
    questions.failAll(new LammError('engine', `the worker thread failed: ${cause.message}`, { cause })),
  );
  const send = (request: WorkerRequest) => worker.postMessage(request);
  let closed: Promise<void> | undefined;

  async function run(
    feeds: Readonly<Record<string, TensorData>>,
    into: Readonly<Record<string, TensorData>> = {},
  ): Promise<Record<string, TensorData>> {
    if (closed) throw new LammError('engine', 'the session is closed; open another one');
    const needed = Object.fromEntries(inputs.map(({ name }) => [name, feeds[name]]));
    const result = await questions.ask((id) => send({ id, feeds: needed }));
    const results = result && 'outputs' in result ? result.outputs : {};
    for (const [name, target] of Object.entries(into)) target.data.set(results[name].data);
    return { ...results, ...into };
  }

  const opening = await questions.ask(() => {});
  const { device, notices } = opening && 'opened' in opening ? opening.opened : { device: 'cpu' as const, notices: [] };
  return {
    inputs,
    outputs: names,
    device,
    notices,
    run,
    hold: async (feeds) => holdHere(run, feeds),
    [Symbol.asyncDispose]() {
      closed ??= questions.ask((id) => send({ id, close: true })).then(async () => void (await worker.terminate()));
      return closed;
    },
  };
}
