import { env, InferenceSession, type Tensor } from 'onnxruntime-node';
import { LammError } from '../errors.js';
import type { TensorNode } from '../tensor/node.js';
import { lowerToOnnx, type OnnxModel } from '../tensor/onnx/lower.js';
import { createDeviceMemory } from './device-memory.js';
import { loweringOptions } from './lowering-options.js';
import { addFeeds, completeFeeds, noFeeds, type PreparedFeeds, toTensor } from './onnx-feeds.js';
import type { Device, Runnable, RuntimeOptions, Session, TensorData } from './session.js';

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
 * Opens a model in the ONNX format; on a device that is not there it runs on the CPU, and says so in `notices`.
 *
 * @throws {LammError} `engine` when ONNX Runtime refuses the model on the CPU too.
 */
export async function openOnnxModel(
  { bytes, ...model }: OnnxModel, // the bytes, as large as the weights, are let go once the model is open
  options: RuntimeOptions = {},
): Promise<Session> {
  const { session, device, notices } = await openOnBestDevice(bytes, options);
  const memory = device === 'webgpu' ? createDeviceMemory(sessionOptions('webgpu', options)) : undefined;
  const graph = { model, precision: options.precision };
  let released: Promise<void> | undefined;

  /** Runs the graph with feeds beside those that are held. */
  function runnerWith(held: PreparedFeeds): Runnable['run'] {
    return async (feeds, into = {}) => {
      const tensors = completeFeeds(addFeeds(held, feeds, graph), model);
      const fetches = Object.fromEntries(model.outputs.map((name) => [name, into[name] ? toTensor(into[name]) : null]));
      memory?.count(tensors);
      const results = await failingAsOurs(() => session.run(tensors, fetches));
      // ONNX Runtime fills a given tensor but returns another one.
      return Object.fromEntries(model.outputs.map((name) => [name, into[name] ?? fromTensor(results[name])]));
    };
  }

  return {
    inputs: model.inputs,
    outputs: model.outputs,
    device,
    notices,
    traffic: memory?.traffic,
    run: runnerWith(noFeeds),
    async hold(feeds) {
      const { tensors, sizes } = addFeeds(noFeeds, feeds, graph);
      const placed = await failingAsOurs(async () => memory?.place(tensors));
      return {
        run: runnerWith({ tensors: placed?.tensors ?? tensors, sizes }),
        [Symbol.asyncDispose]: async () => placed?.dispose(),
      };
    },
    [Symbol.asyncDispose]() {
      released ??= session.release().then(() => memory?.[Symbol.asyncDispose]());
      return released;
    },
  };
}

async function failingAsOurs<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new LammError('engine', `ONNX Runtime failed: ${messageOf(cause)}`, { cause });
  }
}

interface OpenedSession {
  readonly session: InferenceSession;
  readonly device: Device;
  readonly notices: readonly string[];
}

async function openOnBestDevice(bytes: Uint8Array, options: RuntimeOptions): Promise<OpenedSession> {
  const device = options.device ?? 'cpu';
  const notices: string[] = [];
  if (device !== 'cpu') {
    const { session, notice } = await openOn(device, bytes, options);
    if (notice !== undefined) notices.push(notice);
    if (session !== undefined) return { session, device, notices };
  }
  try {
    return { session: await InferenceSession.create(bytes, sessionOptions('cpu', options)), device: 'cpu', notices };
  } catch (cause) {
    throw new LammError('engine', `ONNX Runtime refused the model: ${messageOf(cause)}`, { cause });
  }
}

/** Opens a model on a device, if that is there; and what should be told of it. */
async function openOn(
  device: Device,
  bytes: Uint8Array,
  options: RuntimeOptions,
): Promise<{ readonly session?: InferenceSession; readonly notice?: string }> {
  const open = (alone: boolean) => InferenceSession.create(bytes, sessionOptions(device, options, alone));
  try {
    if (device !== 'webgpu') return { session: await open(false) };
    try {
      return { session: await open(true) };
    } catch (cause) {
      if (!messageOf(cause).includes('assigned to the default CPU EP')) throw cause;
      const notice = `parts of the model do not run on ${device} and are left to the CPU, which can be slower than the CPU alone`;
      return { session: await open(false), notice };
    }
  } catch (cause) {
    return { notice: `device ${device} is not available (${summaryOf(messageOf(cause))}); running on the CPU` };
  }
}

/** `alone` refuses models of which the device would leave operations to the CPU. */
function sessionOptions(
  device: Device,
  { threads = 0, spinning = true, precision }: RuntimeOptions,
  alone = false,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: precision === 'float64' ? 'basic' : 'all', // some fused operations exist in single precision only
    logSeverityLevel: alone ? 4 : 3, // a refusal is an exception already
    extra: {
      session: {
        set_denormal_as_zero: '1', // tails of Gaussians are denormal numbers, many times slower than zero
        intra_op: { allow_spinning: spinning ? '1' : '0' },
        ...(alone && { disable_cpu_ep_fallback: '1' }),
      },
    },
  };
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
