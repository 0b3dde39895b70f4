import { Tensor } from 'onnxruntime-node';
import { LammError } from '../errors.js';
import type { OnnxModel } from '../tensor/onnx/lower.js';
import type { RuntimeOptions, TensorData } from './session.js';
import { readSizes, type Sizes, shapeInNumbers } from './sizes.js';
import { planSummation } from './summation-plan.js';

/** Inputs of a graph in the form of ONNX Runtime. */
export interface PreparedFeeds {
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Named sizes that can be read off them. */
  readonly sizes: Sizes;
}

export const noFeeds: PreparedFeeds = { tensors: {}, sizes: new Map() };

interface FedGraph extends Pick<RuntimeOptions, 'precision'> {
  readonly model: Omit<OnnxModel, 'bytes'>;
}

/**
 * Adds `feeds` to those that were `prepared` before, which they take the place of; an index brings the plans of its
 * sums along.
 *
 * @throws {LammError} `graph` when a plan needs a size that neither of them has.
 */
export function addFeeds(
  prepared: PreparedFeeds,
  feeds: Readonly<Record<string, TensorData>>,
  { model, precision }: FedGraph,
): PreparedFeeds {
  const sizes = new Map([...prepared.sizes, ...readSizes(model.inputs, feeds)]);
  const tensors = { ...prepared.tensors };
  for (const { name } of model.inputs) if (feeds[name] !== undefined) tensors[name] = toTensor(feeds[name]);
  for (const { index, rowCount, slots, mask } of model.summations) {
    if (feeds[index] === undefined) continue;
    const [count] = shapeInNumbers([rowCount], sizes);
    if (Number.isNaN(count)) throw new LammError('graph', `the size "${rowCount}" is on no axis of what is fed`);
    const plan = planSummation(feeds[index].data, count);
    tensors[slots] = toTensor(plan.slots);
    tensors[mask] = toTensor(precision === 'float64' ? inDouble(plan.mask) : plan.mask);
  }
  return { tensors, sizes };
}

/**
 * All that a run needs, once every input has its value.
 *
 * @throws {LammError} `engine` naming an input that has none.
 */
export function completeFeeds(
  { tensors, sizes }: PreparedFeeds,
  model: Omit<OnnxModel, 'bytes'>,
): Record<string, Tensor> {
  for (const { name } of model.inputs) {
    if (tensors[name] === undefined) throw new LammError('engine', `the graph needs a value for its input "${name}"`);
  }
  const shapes = model.fedShapes.map(({ name, shape }): [string, Tensor] => {
    const lengths = BigInt64Array.from(shapeInNumbers(shape, sizes), BigInt);
    return [name, new Tensor('int64', lengths, [lengths.length])];
  });
  return { ...tensors, ...Object.fromEntries(shapes) };
}

export function toTensor({ data, shape }: TensorData): Tensor {
  if (data instanceof Float32Array) return new Tensor('float32', data, shape);
  return data instanceof Float64Array ? new Tensor('float64', data, shape) : new Tensor('int32', data, shape);
}

function inDouble({ data, shape }: TensorData): TensorData {
  return { data: Float64Array.from(data), shape };
}
