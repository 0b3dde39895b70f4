import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { LammError } from '../errors.js';
import type { TensorNode } from '../tensor/node.js';
import { lowerToOnnx, type OnnxModel } from '../tensor/onnx/lower.js';
import type { Dim } from '../tensor/shape.js';
import { loweringOptions } from './lowering-options.js';
import type { Device, RuntimeOptions, Session, TensorData } from './session.js';
import { planSummation } from './summation-plan.js';

// What goes wrong arrives as an exception; a library does not print.
env.logLevel = 'fatal';

/** Prepares the graph of `outputs` for ONNX Runtime. */
export async function createOnnxSession(
  outputs: Readonly<Record<string, TensorNode>>,
  options: RuntimeOptions = {},
): Promise<Session> {
  return openOnnxModel(lowerToOnnx(outputs, loweringOptions(options)), options);
}

/**
 * Opens a model in the ONNX format; on a device that is not there it runs on the CPU and says so in `notices`.
 *
 * @throws {LammError} `engine` when ONNX Runtime refuses the model on the CPU too.
 */
export async function openOnnxModel(model: OnnxModel, options: RuntimeOptions = {}): Promise<Session> {
  const { session, device, notices } = await openOnBestDevice(model.bytes, options);
  let released: Promise<void> | undefined;

  async function run(
    feeds: Readonly<Record<string, TensorData>>,
    into: Readonly<Record<string, TensorData>> = {},
  ): Promise<Record<string, TensorData>> {
    const tensors = Object.fromEntries(model.inputs.map(({ name }) => [name, toTensor(name, feeds[name])]));
    for (const { index, rowCount, slots, mask } of model.summations) {
      const plan = planSummation(feeds[index].data, sizeOf(rowCount, { model, feeds }));
      tensors[slots] = toTensor(slots, plan.slots);
      tensors[mask] = toTensor(mask, options.precision === 'float64' ? inDouble(plan.mask) : plan.mask);
    }
    try {
      const fetches = Object.fromEntries(
        model.outputs.map((name) => [name, into[name] ? toTensor(name, into[name]) : null]),
      );
      const results = await session.run(tensors, fetches);
      // ONNX Runtime fills a given tensor but returns another one.
      return Object.fromEntries(model.outputs.map((name) => [name, into[name] ?? fromTensor(results[name])]));
    } catch (cause) {
      throw new LammError('engine', `ONNX Runtime failed: ${messageOf(cause)}`, { cause });
    }
  }

  return {
    inputs: model.inputs,
    outputs: model.outputs,
    device,
    notices,
    run,
    [Symbol.asyncDispose]() {
      released ??= session.release();
      return released;
    },
  };
}

interface OpenedSession {
  readonly session: InferenceSession;
  readonly device: Device;
  readonly notices: readonly string[];
}

async function openOnBestDevice(bytes: Uint8Array, options: RuntimeOptions): Promise<OpenedSession> {
  const wanted = options.device ?? 'cpu';
  const notices: string[] = [];
  if (wanted !== 'cpu') {
    try {
      return {
        session: await InferenceSession.create(bytes, sessionOptions(wanted, options)),
        device: wanted,
        notices,
      };
    } catch (cause) {
      notices.push(`device ${wanted} is not available (${summaryOf(messageOf(cause))}); running on the CPU`);
    }
  }
  try {
    return { session: await InferenceSession.create(bytes, sessionOptions('cpu', options)), device: 'cpu', notices };
  } catch (cause) {
    throw new LammError('engine', `ONNX Runtime refused the model: ${messageOf(cause)}`, { cause });
  }
}

// Tails of Gaussians are denormal numbers, many times slower than zero.
function sessionOptions(
  device: Device,
  { threads = 0, spinning = true, precision }: RuntimeOptions,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: precision === 'float64' ? 'basic' : 'all', // some fused operations exist in single precision only
    logSeverityLevel: 3,
    extra: { session: { set_denormal_as_zero: '1', intra_op: { allow_spinning: spinning ? '1' : '0' } } },
  };
}

/** A size of the graph, read off the feed that has it. */
function sizeOf(
  dim: Dim,
  { model, feeds }: { readonly model: OnnxModel; readonly feeds: Readonly<Record<string, TensorData>> },
): number {
  if (typeof dim === 'number') return dim;
  const source = model.inputs.find(({ shape }) => shape.includes(dim));
  if (source === undefined) throw new LammError('graph', `the size "${dim}" is on no axis of an input`);
  return feeds[source.name].shape[source.shape.indexOf(dim)];
}

function inDouble({ data, shape }: TensorData): TensorData {
  return { data: Float64Array.from(data), shape };
}

function toTensor(name: string, feed: TensorData | undefined): Tensor {
  if (feed === undefined) throw new LammError('engine', `the graph needs a value for its input "${name}"`);
  const { data, shape } = feed;
  if (data instanceof Float32Array) return new Tensor('float32', data, shape);
  return data instanceof Float64Array ? new Tensor('float64', data, shape) : new Tensor('int32', data, shape);
}

function fromTensor(tensor: Tensor): TensorData {
  const { data } = tensor;
  if (data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array) {
    return { data, shape: tensor.dims };
  }
  throw new LammError('engine', `an output has the unexpected type ${tensor.type}`);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The first line without the place in ONNX Runtime's source where a condition failed. */
function summaryOf(message: string): string {
  return message.split('\n', 1)[0].replace(/^.* was false\.\s*/, '');
}
