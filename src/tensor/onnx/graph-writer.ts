import { LammError } from '../../errors.js';
import type { NodeOf, TensorNode } from '../node.js';
import { type Dim, factorsOf, formatShape, type Shape, sameShape } from '../shape.js';
import { type Attribute, nodeProto, type OnnxType, type runtimeDomain, tensorProto } from './model-proto.js';
import type { Field } from './protobuf.js';

/** Arithmetic of real numbers: single precision for work, double for checks. */
export type Precision = 'float32' | 'float64';

/**
 * A sum of rows by index is run as a gather into [rows x slots] and a product with a mask, because ONNX Runtime's
 * adding scatter loses updates when two threads meet in one row.
 */
export interface Summation {
  /** The index input. */
  readonly index: string;
  readonly rowCount: Dim;
  /** Which row of the updates fills a slot: 32-bit integers [rowCount x slots]. */
  readonly slots: string;
  /** 1 for slots in use, 0 for the rest: reals [rowCount x 1 x slots]. */
  readonly mask: string;
}

/** A shape that is fed as a list of integers, because a device would leave it to the CPU to put it together. */
export interface FedShape {
  /** The input: 64-bit integers [rank]. */
  readonly name: string;
  readonly shape: Shape;
}

export interface WriterOptions {
  readonly precision: Precision;
  /** Whether shapes are fed, rather than read off other inputs while the graph runs. */
  readonly feedsShapes?: boolean;
}

export interface EmitOptions {
  readonly output?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: typeof runtimeDomain;
}

/** An ONNX graph that is being written.  Everything in it is known by a name, which the functions return. */
export interface GraphWriter {
  readonly precision: Precision;
  readonly nodes: readonly Field[][];
  readonly initializers: readonly Field[][];
  readonly summations: readonly Summation[];
  readonly fedShapes: readonly FedShape[];
  /** Writes one operation. */
  emit(operator: string, operands: readonly string[], options?: EmitOptions): string;
  /** A list of 64-bit integers, such as axes. */
  integers(values: readonly number[]): string;
  /** An array of reals. */
  reals(values: Float64Array, shape: Shape): string;
  /** A real number, without axes or with some of length 1. */
  scalar(value: number, axisCount?: number): string;
  /** A shape as a list of integers; named sizes are read off the inputs, or the list is fed. */
  shape(shape: Shape): string;
  /** A shape for `Reshape`, which works out one unknown length from the others. */
  reshapeTo(shape: Shape): string;
  /** What must be fed for sums of rows by `index`. */
  summation(index: TensorNode, rowCount: Dim): Summation;
}

/** Starts a graph with these inputs. */
export function createGraphWriter(
  inputs: readonly NodeOf<'input'>[],
  { precision, feedsShapes = false }: WriterOptions,
): GraphWriter {
  const nodes: Field[][] = [];
  const summations: Summation[] = [];
  const fedShapes: FedShape[] = [];
  let counter = 0;
  const newName = (prefix: string) => `${prefix}${counter++}`;

  function emit(
    operator: string,
    operands: readonly string[],
    { output = newName('t'), attributes, domain }: EmitOptions = {},
  ): string {
    nodes.push(nodeProto(operator, { inputs: operands, outputs: [output], attributes, domain }));
    return output;
  }

  const constants = createConstants(newName, precision);
  const { integers } = constants;
  const shapes = createShapes(inputs, { emit, integers, feed: feedsShapes ? feedShape : undefined });

  function feedShape(shape: Shape): string {
    const known = fedShapes.find((fed) => sameShape(fed.shape, shape));
    if (known !== undefined) return known.name;
    const name = `shape ${formatShape(shape)}`;
    fedShapes.push({ name, shape });
    return name;
  }

  return {
    precision,
    nodes,
    summations,
    fedShapes,
    emit,
    ...constants,
    ...shapes,
    summation: (index, rowCount) => findSummation(summations, index, rowCount),
  };
}

/** Numbers written into a graph; integers and scalars that occur again are written once. */
function createConstants(newName: (prefix: string) => string, precision: Precision) {
  const initializers: Field[][] = [];
  const lists = new Map<string, string>();
  const scalars = new Map<string, string>();

  function add(name: string, type: OnnxType, { shape, data }: { shape: readonly number[]; data: ArrayBufferView }) {
    initializers.push(tensorProto(name, type, shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));
    return name;
  }

  function integers(values: readonly number[]): string {
    const key = values.join();
    const name =
      lists.get(key) ??
      add(newName('i'), 'int64', { shape: [values.length], data: BigInt64Array.from(values, BigInt) });
    lists.set(key, name);
    return name;
  }

  function reals(values: Float64Array, shape: Shape): string {
    const data = precision === 'float64' ? values : Float32Array.from(values);
    return add(newName('c'), precision, { shape: shape.map(Number), data }); // constants have known shapes
  }

  function scalar(value: number, axisCount = 0): string {
    const key = `${value} ${axisCount}`;
    const name = scalars.get(key) ?? reals(Float64Array.of(value), new Array<number>(axisCount).fill(1));
    scalars.set(key, name);
    return name;
  }

  return { initializers, integers, reals, scalar };
}

/**
 * Shapes of which some lengths are known only when the graph runs: each is read off the first input that has it, or
 * whole shapes come by `feed`.
 */
function createShapes(
  inputs: readonly NodeOf<'input'>[],
  { emit, integers, feed }: Pick<GraphWriter, 'emit' | 'integers'> & { feed: ((shape: Shape) => string) | undefined },
): Pick<GraphWriter, 'shape' | 'reshapeTo'> {
  const sources = new Map<string, { readonly name: string; readonly axis: number }>();
  for (const { name, shape } of inputs) {
    shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && !sources.has(dim)) sources.set(dim, { name, axis });
    });
  }
  const computed = new Map<string, string>();

  function sourceOf(dim: string): { readonly name: string; readonly axis: number } {
    const [name] = factorsOf(dim).named;
    const source = sources.get(name);
    if (source !== undefined) return source;
    throw new LammError('graph', `the size "${name}" is on no axis of an input; feed a tensor that has it`);
  }

  function length(dim: string): string {
    const before = computed.get(dim);
    if (before !== undefined) return before;
    const { known } = factorsOf(dim);
    const source = sourceOf(dim);
    const size = emit('Shape', [source.name], { attributes: { start: source.axis, end: source.axis + 1 } });
    const name = known === 1 ? size : emit('Mul', [size, integers([known])]);
    computed.set(dim, name);
    return name;
  }

  function shapeOf(shape: Shape): string {
    if (shape.every((dim) => typeof dim === 'number')) return integers(shape);
    for (const dim of shape) if (typeof dim === 'string') sourceOf(dim);
    if (feed) return feed(shape);
    const parts = shape.map((dim) => (typeof dim === 'number' ? integers([dim]) : length(dim)));
    return parts.length === 1 ? parts[0] : emit('Concat', parts, { attributes: { axis: 0 } });
  }

  function reshapeTo(shape: Shape): string {
    const unknown = shape.filter((dim) => typeof dim === 'string').length;
    return unknown === 1 ? integers(shape.map((dim) => (typeof dim === 'number' ? dim : -1))) : shapeOf(shape);
  }

  return { shape: shapeOf, reshapeTo };
}

function findSummation(summations: Summation[], index: TensorNode, rowCount: Dim): Summation {
  if (index.op !== 'input')
    throw new LammError('graph', `rows can be summed only by an index input, found ${index.op}`);
  const known = summations.find((candidate) => candidate.index === index.name && candidate.rowCount === rowCount);
  if (known !== undefined) return known;
  const name = `${index.name} to ${rowCount}`;
  const added = { index: index.name, rowCount, slots: `${name}: slots`, mask: `${name}: mask` };
  summations.push(added);
  return added;
}
