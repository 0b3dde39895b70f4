import { parentPort, workerData } from 'node:worker_threads';
import type { OnnxModel } from '../tensor/onnx/lower.js';
import { packError } from '../threads/packed-error.js';
import type { Answer } from '../threads/questions.js';
import { openOnnxModel } from './onnx-session.js';
import type { RuntimeOptions, Session, TensorData } from './session.js';
import type { WorkerRequest, WorkerResult } from './worker-session.js';

/** The thread behind `createWorkerSession`: opens the model it was given, then answers requests in order. */
async function serve({
  model,
  options,
}: {
  readonly model: OnnxModel;
  readonly options: RuntimeOptions;
}): Promise<void> {
  const session = await openOnnxModel(model, options);
  const answer = (message: Answer<WorkerResult>, moved: ArrayBuffer[] = []) => parentPort?.postMessage(message, moved);
  answer({ id: 0, result: { opened: { device: session.device, notices: session.notices } } });
  parentPort?.on('message', async (request: WorkerRequest) => {
    const { id } = request;
    try {
      const result = await answerTo(request, session);
      answer({ id, result }, result && 'outputs' in result ? buffersOf(result.outputs) : []);
    } catch (error) {
      answer({ id, error: packError(error) });
    }
  });
}

async function answerTo(request: WorkerRequest, session: Session): Promise<WorkerResult> {
  if ('feeds' in request) return { outputs: await session.run(request.feeds) };
  await session[Symbol.asyncDispose]();
  return undefined;
}

/** Memory that moves to the other thread with the results. */
function buffersOf(outputs: Record<string, TensorData>): ArrayBuffer[] {
  const buffers = Object.values(outputs).map(({ data }) => data.buffer);
  return buffers.filter((buffer) => buffer instanceof ArrayBuffer);
}

await serve(workerData);
