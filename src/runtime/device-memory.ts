import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { copyingModel, copyOf } from '../tensor/onnx/copy.js';
import type { OnnxType } from '../tensor/onnx/model-proto.js';
import type { Traffic } from './session.js';

/** Tensors in the memory of a device. */
export interface PlacedTensors {
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Frees them there. */
  dispose(): void;
}

/** The memory of a graphics device, where tensors stay between the runs of a session. */
export interface DeviceMemory extends AsyncDisposable {
  readonly traffic: Traffic;
  place(tensors: Readonly<Record<string, Tensor>>): Promise<PlacedTensors>;
  /** Counts those of the inputs of a run that have to be sent. */
  count(inputs: Readonly<Record<string, Tensor>>): void;
}

/**
 * Opens the memory of the WebGPU device.
 *
 * ONNX Runtime for Node.js has no call that moves a tensor to a device, but leaves the outputs of a graph there when
 * asked to, and takes them as inputs of another graph: so tensors get there through a graph that copies them.
 */
export function createDeviceMemory(options: InferenceSession.SessionOptions): DeviceMemory {
  const traffic = { sentCount: 0, sentBytes: 0, heldBytes: 0 };
  const copiers = new Map<string, Promise<InferenceSession>>();

  /** A graph for tensors of these names, whatever their lengths. */
  function copierOf(tensors: readonly NamedTensor[]): Promise<InferenceSession> {
    const inputs = tensors.map(([name, { type, dims }]) => ({
      name,
      type: type as OnnxType, // `toTensor` makes no others
      shape: dims.map((_, axis) => `${name}: ${axis}`),
    }));
    const key = inputs.map(({ name }) => name).join('\n');
    const known = copiers.get(key);
    if (known !== undefined) return known;
    const opening = InferenceSession.create(copyingModel(inputs), {
      ...options,
      preferredOutputLocation: 'gpu-buffer',
    });
    copiers.set(key, opening);
    return opening;
  }

  function count(inputs: Readonly<Record<string, Tensor>>): void {
    for (const tensor of Object.values(inputs)) {
      if (tensor.location !== 'cpu' || tensor.type === 'int64') continue; // shapes are read where they are
      traffic.sentCount++;
      traffic.sentBytes += bytesOf(tensor);
    }
  }

  return {
    traffic,
    count,
    async place(tensors) {
      const sent = Object.entries(tensors).filter(([, { size }]) => size > 0); // there is no empty buffer
      const copies = await copy(sent);
      const bytes = copies.reduce((sum, [, tensor]) => sum + bytesOf(tensor), 0);
      count(Object.fromEntries(sent));
      traffic.heldBytes += bytes;
      let isFree = false;
      return {
        tensors: { ...tensors, ...Object.fromEntries(copies) },
        dispose() {
          if (isFree) return;
          isFree = true;
          traffic.heldBytes -= bytes;
          for (const [, tensor] of copies) tensor.dispose();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      for (const copier of copiers.values()) await (await copier).release();
    },
  };

  async function copy(tensors: readonly NamedTensor[]): Promise<NamedTensor[]> {
    if (tensors.length === 0) return [];
    const copies = await (await copierOf(tensors)).run(Object.fromEntries(tensors));
    return tensors.map(([name]) => [name, copies[copyOf(name)]]);
  }
}

type NamedTensor = readonly [name: string, tensor: Tensor];

/** Of numbers of 32 bits, as all are that go to a device. */
function bytesOf({ size }: Tensor): number {
  return 4 * size;
}
