import { LammError } from '../errors.js';
import type { Random } from '../random.js';
import type { TensorNode } from '../tensor/node.js';
import { constant, input } from '../tensor/operations.js';

/** How a parameter starts: uniform within Glorot's bound, uniform within a bound, or one value. */
export type Initializer = 'glorot' | { readonly uniform: number } | { readonly value: number };

/** A named trainable array. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** Whether weight decay pulls it to zero: weights yes, biases and norms no. */
  readonly decay: boolean;
}

export interface ParameterEntry extends ParameterSpec {
  /** Place of its first number in the flat array, and how many there are. */
  readonly offset: number;
  readonly size: number;
}

/** Where every parameter of a model lies in one flat array. */
export interface ParameterLayout {
  readonly entries: readonly ParameterEntry[];
  readonly size: number;
}

export function layoutOf(specs: readonly ParameterSpec[]): ParameterLayout {
  let offset = 0;
  const entries = specs.map((spec) => {
    const entry = { ...spec, offset, size: spec.shape.reduce((product, dim) => product * dim, 1) };
    offset += entry.size;
    return entry;
  });
  return { entries, size: offset };
}

/** Fresh parameters of a model, [layout.size]. */
export function initializeParameters(layout: ParameterLayout, random: Random): Float32Array {
  const parameters = new Float32Array(layout.size);
  for (const { offset, size, shape, initializer } of layout.entries) {
    const values = parameters.subarray(offset, offset + size);
    if (typeof initializer === 'object' && 'value' in initializer) {
      values.fill(initializer.value);
      continue;
    }
    const bound = initializer === 'glorot' ? Math.sqrt(6 / (shape[0] + shape[1])) : initializer.uniform;
    for (let index = 0; index < size; index++) values[index] = bound * (2 * random.uniform() - 1);
  }
  return parameters;
}

/** The part of a parameter that a graph uses as one tensor: all of it, or some of its rows. */
export interface ParameterSegment {
  /** Name of the graph input that it is fed to. */
  readonly name: string;
  readonly node: TensorNode;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** Gives a parameter, or rows `start` to `end` of it, to the graph that is being built. */
export type WeightSource = (name: string, rows?: readonly [start: number, end: number]) => TensorNode;

/** Weights written into the graph, for inference. */
export function constantWeights(layout: ParameterLayout, parameters: Float32Array): WeightSource {
  return (name, rows) => {
    const { offset, size, shape } = findSegment(layout, name, rows);
    return constant(parameters.subarray(offset, offset + size), shape);
  };
}

/** Weights fed at every run, for training; `segments` lists what the graph asked for. */
export function inputWeights(layout: ParameterLayout): {
  readonly weights: WeightSource;
  readonly segments: ParameterSegment[];
} {
  const segments: ParameterSegment[] = [];
  const weights: WeightSource = (name, rows) => {
    const segment = findSegment(layout, name, rows);
    const inputName = rows === undefined ? name : `${name}[${rows[0]}:${rows[1]}]`;
    const node = input(inputName, segment.shape);
    segments.push({ ...segment, name: inputName, node });
    return node;
  };
  return { weights, segments };
}

function findSegment(
  layout: ParameterLayout,
  name: string,
  rows: readonly [number, number] | undefined,
): Omit<ParameterSegment, 'name' | 'node'> {
  const entry = layout.entries.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new LammError('graph', `the model has no parameter "${name}"`);
  if (rows === undefined) return { shape: entry.shape, offset: entry.offset, size: entry.size };
  const rowSize = entry.size / entry.shape[0];
  const [start, end] = rows;
  return {
    shape: entry.shape.with(0, end - start),
    offset: entry.offset + start * rowSize,
    size: (end - start) * rowSize,
  };
}
