import { LammError } from '../../errors.js';
import { mergeCommonSubexpressions } from '../common-subexpressions.js';
import { type DType, type NodeOf, type TensorNode, type TensorOp, topologicalOrder } from '../node.js';
import { type Dim, factorsOf, type Shape } from '../shape.js';
import { type Attribute, modelProto, nodeProto, type OnnxType, tensorProto, valueInfoProto } from './model-proto.js';
import type { Field } from './protobuf.js';
import { emitSine } from './sine.js';

/** Arithmetic of real numbers: single precision for work, double for checks. */
export type Precision = 'float32' | 'float64';

export interface LowerOptions {
  readonly precision?: Precision;
  /** Whether sine and cosine are written as sums and products, for devices whose own are poor. */
  readonly ownSine?: boolean;
}

/** A graph in the ONNX format, and what must be fed to run it. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly inputs: readonly { readonly name: string; readonly type: OnnxType; readonly shape: Shape }[];
  /** Sums by an index input; each needs two more feeds that follow from the indices. */
  readonly summations: readonly Summation[];
  readonly outputs: readonly string[];
}

/**
 * A sum of rows by index is run as a gather into [rows x slots] and a product with a mask, because ONNX Runtime's adding scatter
 * loses updates when two threads meet in one row.
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

/**
 * Lowers the graph of `outputs` to ONNX with dynamic axes; index inputs are 32-bit integers.
 *
 * @throws {LammError} `graph` when a named size appears in no input, so that it cannot be known when the graph runs.
 */
export function lowerToOnnx(
  outputs: Readonly<Record<string, TensorNode>>,
  { precision = 'float32', ownSine = false }: LowerOptions = {},
): OnnxModel {
  const names = Object.keys(outputs);
  const roots = mergeCommonSubexpressions(Object.values(outputs));
  const order = topologicalOrder(roots);
  const lowering = createLowering(order, { roots, precision, ownSine });
  for (const node of order) lowering.lower(node);
  names.forEach((name, index) => lowering.emit('Identity', [lowering.nameOf(roots[index])], { output: name }));
  const inputs = lowering.inputs.map(({ name, shape, dtype }) => ({ name, shape, type: onnxTypeOf(dtype, precision) }));
  const bytes = modelProto({
    nodes: lowering.nodes,
    initializers: lowering.initializers,
    inputs: [
      ...inputs.map(({ name, type, shape }) => valueInfoProto(name, type, shape)),
      ...lowering.summations.flatMap(({ slots, mask, rowCount, index }) => [
        valueInfoProto(slots, 'int32', [rowCount, `${index} slots`]),
        valueInfoProto(mask, precision, [rowCount, 1, `${index} slots`]),
      ]),
    ],
    outputs: names.map((name, index) =>
      valueInfoProto(name, onnxTypeOf(roots[index].dtype, precision), roots[index].shape),
    ),
  });
  return { bytes, inputs, summations: lowering.summations, outputs: names };
}

/** ONNX operators that do what our operation does, without further attributes. */
const sameOperator = {
  negate: 'Neg',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  reciprocal: 'Reciprocal',
  sin: 'Sin',
  cos: 'Cos',
  abs: 'Abs',
  sign: 'Sign',
  sigmoid: 'Sigmoid',
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  less: 'Less',
  where: 'Where',
  gatherRows: 'Gather',
} as const satisfies Partial<Record<TensorOp, string>>;

/** Where a named size can be read: an axis of an input. */
interface DimSource {
  readonly name: string;
  readonly axis: number;
}

function createLowering(
  order: readonly TensorNode[],
  { roots, precision, ownSine }: { readonly roots: readonly TensorNode[] } & Required<LowerOptions>,
) {
  const nodes: Field[][] = [];
  const initializers: Field[][] = [];
  const names = new Map<TensorNode, string>();
  const integerConstants = new Map<string, string>();
  const scalars = new Map<number, string>();
  const computedDims = new Map<string, string>();
  const inputs = order.filter((node) => node.op === 'input');
  const sources = new Map<string, DimSource>();
  for (const { name, shape } of inputs) {
    shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && !sources.has(dim)) sources.set(dim, { name, axis });
    });
  }
  const users = countUsers(order, roots);
  const summations: Summation[] = [];
  let counter = 0;

  function emit(
    operator: string,
    operands: readonly string[],
    { output = `t${counter++}`, attributes = {} }: { output?: string; attributes?: Record<string, Attribute> } = {},
  ): string {
    nodes.push(nodeProto(operator, { inputs: operands, outputs: [output], attributes }));
    return output;
  }

  function nameOf(node: TensorNode): string {
    const name = names.get(node);
    if (name === undefined) throw new LammError('graph', `${node.op} is used before it is lowered`);
    return name;
  }

  function integers(values: readonly number[]): string {
    const key = values.join();
    let name = integerConstants.get(key);
    if (name === undefined) {
      name = `i${counter++}`;
      integerConstants.set(key, name);
      const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
      initializers.push(tensorProto(name, 'int64', [values.length], data));
    }
    return name;
  }

  function dimension(dim: string): string {
    let name = computedDims.get(dim);
    if (name === undefined) {
      const { known, named } = factorsOf(dim);
      const source = sources.get(named[0]);
      if (source === undefined) {
        throw new LammError('graph', `the size "${named[0]}" is on no axis of an input; feed a tensor that has it`);
      }
      name = emit('Shape', [source.name], { attributes: { start: source.axis, end: source.axis + 1 } });
      if (known !== 1) name = emit('Mul', [name, integers([known])]);
      computedDims.set(dim, name);
    }
    return name;
  }

  function shapeTensor(shape: Shape): string {
    if (shape.every((dim) => typeof dim === 'number')) return integers(shape);
    const parts = shape.map((dim) => (typeof dim === 'number' ? integers([dim]) : dimension(dim)));
    return parts.length === 1 ? parts[0] : emit('Concat', parts, { attributes: { axis: 0 } });
  }

  // One unknown length follows from the others.
  function reshapeTensor(shape: Shape): string {
    const unknown = shape.filter((dim) => typeof dim === 'string').length;
    return unknown === 1 ? integers(shape.map((dim) => (typeof dim === 'number' ? dim : -1))) : shapeTensor(shape);
  }

  function realConstant(values: Float64Array, shape: Shape): string {
    const name = `c${counter++}`;
    const data = precision === 'float64' ? values : Float32Array.from(values);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    initializers.push(tensorProto(name, precision, shape.map(Number), bytes)); // constants have known shapes
    return name;
  }

  function scalar(value: number): string {
    const known = scalars.get(value) ?? realConstant(Float64Array.of(value), []);
    scalars.set(value, known);
    return known;
  }

  function matrixProduct(node: NodeOf<'matMul'>, bias?: string): string {
    const [a, b] = node.inputs.map(nameOf);
    const { transposeA, transposeB } = node;
    if (node.shape.length === 2 && (transposeA || transposeB || bias !== undefined)) {
      const attributes = { transA: Number(transposeA), transB: Number(transposeB) };
      return emit('Gemm', bias === undefined ? [a, b] : [a, b, bias], { attributes });
    }
    const rank = node.shape.length;
    const swapped = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    const turn = (name: string) => emit('Transpose', [name], { attributes: { perm: swapped } });
    return emit('MatMul', [transposeA ? turn(a) : a, transposeB ? turn(b) : b]);
  }

  function summation(index: TensorNode, rowCount: Dim): Summation {
    if (index.op !== 'input')
      throw new LammError('graph', `rows can be summed only by an index input, found ${index.op}`);
    const known = summations.find((candidate) => candidate.index === index.name && candidate.rowCount === rowCount);
    if (known !== undefined) return known;
    const name = `${index.name} to ${rowCount}`;
    const added = { index: index.name, rowCount, slots: `${name}: slots`, mask: `${name}: mask` };
    summations.push(added);
    return added;
  }

  function scatter(node: NodeOf<'scatterRows'>): string {
    const [updates, indices] = node.inputs;
    const [rowCount, ...rest] = node.shape;
    const { slots, mask } = summation(indices, rowCount);
    const width = rest.reduce<number>((product, dim) => product * Number(dim), 1); // `scatterRows` asserts known lengths
    const rows = emit('Reshape', [nameOf(updates), integers([-1, width])]);
    const sums = emit('MatMul', [mask, emit('Gather', [rows, slots])]);
    return emit('Reshape', [sums, integers([-1, ...rest.map(Number)])]);
  }

  /** A matrix product that is used only by the addition of a row vector becomes one operation with it. */
  function biasedProduct(node: TensorNode): { product: NodeOf<'matMul'>; bias: TensorNode } | undefined {
    if (node.op !== 'add') return undefined;
    const [product, bias] = node.inputs;
    const fits = product.op === 'matMul' && product.shape.length === 2 && bias.shape.length === 1;
    return fits && users.get(product) === 1 && bias.shape[0] === product.shape[1] ? { product, bias } : undefined;
  }

  function operation(node: Exclude<TensorNode, NodeOf<'input'>>): string {
    switch (node.op) {
      case 'constant':
        return realConstant(node.values, node.shape);
      case 'matMul':
        return matrixProduct(node);
      case 'reduceSum':
        return emit('ReduceSum', [nameOf(node.inputs[0]), integers(node.axes)], { attributes: { keepdims: 0 } });
      case 'broadcastTo':
        return emit('Expand', [nameOf(node.inputs[0]), shapeTensor(node.shape)]);
      case 'reshape':
        return emit('Reshape', [nameOf(node.inputs[0]), reshapeTensor(node.shape)]);
      case 'transpose':
        return emit('Transpose', [nameOf(node.inputs[0])], { attributes: { perm: node.permutation } });
      case 'slice':
        return emit('Slice', [nameOf(node.inputs[0]), ...[[node.start], [node.end], [node.axis]].map(integers)]);
      case 'concat':
        return emit('Concat', node.inputs.map(nameOf), { attributes: { axis: node.axis } });
      case 'scatterRows':
        return scatter(node);
      case 'sin':
      case 'cos':
        if (ownSine) return emitSine(nameOf(node.inputs[0]), node.op, { emit, scalar });
        return emit(sameOperator[node.op], node.inputs.map(nameOf));
      default:
        return emit(sameOperator[node.op], node.inputs.map(nameOf));
    }
  }

  const absorbed: ReadonlySet<TensorNode | undefined> = new Set(order.map((node) => biasedProduct(node)?.product));

  function lower(node: TensorNode): void {
    if (absorbed.has(node)) return;
    const biased = biasedProduct(node);
    if (node.op === 'input') names.set(node, node.name);
    else names.set(node, biased ? matrixProduct(biased.product, nameOf(biased.bias)) : operation(node));
  }

  return { nodes, initializers, inputs, summations, emit, nameOf, lower };
}

function countUsers(order: readonly TensorNode[], roots: readonly TensorNode[]): Map<TensorNode, number> {
  const users = new Map<TensorNode, number>(roots.map((root) => [root, 1]));
  for (const node of order) for (const input of node.inputs) users.set(input, (users.get(input) ?? 0) + 1);
  return users;
}

function onnxTypeOf(dtype: DType, precision: Precision): OnnxType {
  return dtype === 'real' ? precision : dtype === 'index' ? 'int32' : 'bool';
}
