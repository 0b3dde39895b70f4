import type { TensorNode } from '../tensor/node.js';
import { createOnnxSession } from './onnx-session.js';
import type { RuntimeOptions, Session } from './session.js';

/** Makes the graph of `outputs` ready to run on the chosen engine. */
export async function openSession(outputs: Readonly<Record<string, TensorNode>>, options: RuntimeOptions = {}): Promise<Session> {
  return createOnnxSession(outputs, options);
}
