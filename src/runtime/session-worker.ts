import { parentPort, workerData } from 'node:worker_threads';
import type { OnnxModel } from '../tensor/onnx/lower.js';
import { openOnnxModel } from './onnx-session.js';
import type { RuntimeOptions } from './session.js';
import type { WorkerReply, WorkerRequest } from './worker-session.js';

/** The thread behind `createWorkerSession`: opens the model it was given, then answers requests in order. */
async function serve({
  model,
  options,
}: {
  readonly model: OnnxModel;
  readonly options: RuntimeOptions;
}): Promise<void> {
  const session = await openOnnxModel(model, options);
  const reply = (message: WorkerReply, moved: ArrayBuffer[] = []) => parentPort?.postMessage(message, moved);
  reply({ id: 0, opened: { device: session.device, notices: session.notices } });
  parentPort?.on('message', async (request: WorkerRequest) => {
    const { id } = request;
    try {
      if ('close' in request) {
        await session[Symbol.asyncDispose]();
        reply({ id, closed: true });
        return;
      }
      const results = await session.run(request.feeds);
      const buffers = Object.values(results).map(({ data }) => data.buffer);
      reply(
        { id, results },
        buffers.filter((buffer) => buffer instanceof ArrayBuffer),
      );
    } catch (error) {
      reply({ id, error: { message: error instanceof Error ? error.message : String(error) } });
    }
  });
}

await serve(workerData);
