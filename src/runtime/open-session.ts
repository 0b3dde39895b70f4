import type { TensorNode } from '../tensor/node.js';
import type { RuntimeOptions, Session } from './session.js';

/** Makes the graph of `outputs` ready to run on the chosen engine, which is loaded only now. */
export async function openSession(
  outputs: Readonly<Record<string, TensorNode>>,
  options: RuntimeOptions = {},
): Promise<Session> {
  if (options.engine === 'tfjs') {
    const { createTfjsSession } = await import('./tfjs-session.js');
    return createTfjsSession(outputs, options);
  }
  if (options.worker) {
    const { createWorkerSession } = await import('./worker-session.js');
    return createWorkerSession(outputs, options);
  }
  const { createOnnxSession } = await import('./onnx-session.js');
  return createOnnxSession(outputs, options);
}
