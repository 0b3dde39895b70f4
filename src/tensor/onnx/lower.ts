import { LammError } from '../../errors.js';
import { mergeCommonSubexpressions } from '../common-subexpressions.js';
import { type DType, type NodeOf, type TensorNode, topologicalOrder } from '../node.js';
import type { Shape } from '../shape.js';
import { createGraphWriter, type FedShape, type GraphWriter, type Precision, type Summation } from './graph-writer.js';
import { type LoweringContext, lowerMatMul, lowerNode } from './lowerings.js';
import { modelProto, type OnnxType, valueInfoProto } from './model-proto.js';

export interface LowerOptions {
  readonly precision?: Precision;
  /** Whether sine and cosine are written as sums and products, for devices whose own are poor. */
  readonly ownSine?: boolean;
  /** Whether shapes are fed, for devices that leave it to the CPU to put them together. */
  readonly feedsShapes?: boolean;
}

/** A graph in the ONNX format, and what must be fed to run it. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly inputs: readonly OnnxInput[];
  /** Sums by an index input; each needs two more feeds that follow from the indices. */
  readonly summations: readonly Summation[];
  /** Shapes that must be fed as lists of 64-bit integers. */
  readonly fedShapes: readonly FedShape[];
  readonly outputs: readonly string[];
}

export interface OnnxInput {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: Shape;
}

/**
 * Lowers the graph of `outputs` to ONNX with dynamic axes; index inputs are 32-bit integers.
 *
 * @throws {LammError} `graph` when a named size appears in no input, so that it cannot be known when the graph runs.
 */
export function lowerToOnnx(
  outputs: Readonly<Record<string, TensorNode>>,
  { precision = 'float32', ownSine = false, feedsShapes }: LowerOptions = {},
): OnnxModel {
  const names = Object.keys(outputs);
  const roots = mergeCommonSubexpressions(Object.values(outputs));
  const order = topologicalOrder(roots);
  const inputNodes = order.filter((node) => node.op === 'input');
  const writer = createGraphWriter(inputNodes, { precision, feedsShapes });
  const nameOf = lowerNodes(order, roots, { ...writer, ownSine });
  names.forEach((name, index) => writer.emit('Identity', [nameOf(roots[index])], { output: name }));
  const inputs = inputNodes.map(({ name, shape, dtype }) => ({ name, shape, type: onnxTypeOf(dtype, precision) }));
  const bytes = modelProto({
    nodes: writer.nodes,
    initializers: writer.initializers,
    inputs: [...inputs, ...derivedInputs(writer)].map(({ name, type, shape }) => valueInfoProto(name, type, shape)),
    outputs: names.map((name, index) =>
      valueInfoProto(name, onnxTypeOf(roots[index].dtype, precision), roots[index].shape),
    ),
  });
  const { summations, fedShapes } = writer;
  return { bytes, inputs, summations, fedShapes, outputs: names };
}

/** Writes the nodes in their order; the result tells under which name each was written. */
function lowerNodes(
  order: readonly TensorNode[],
  roots: readonly TensorNode[],
  context: LoweringContext,
): (node: TensorNode) => string {
  const names = new Map<TensorNode, string>();
  const nameOf = (node: TensorNode) => {
    const name = names.get(node);
    if (name === undefined) throw new LammError('graph', `${node.op} is used before it is lowered`);
    return name;
  };
  const biased = findBiasedProducts(order, roots);
  const absorbed = new Set<TensorNode>([...biased.values()].map(({ product }) => product));
  for (const node of order) {
    if (absorbed.has(node)) continue;
    const { product, bias } = biased.get(node) ?? {};
    names.set(
      node,
      product && bias
        ? lowerMatMul(product, [...product.inputs, bias].map(nameOf), context)
        : lowerNode(node, node.inputs.map(nameOf), context),
    );
  }
  return nameOf;
}

interface BiasedProduct {
  readonly product: NodeOf<'matMul'>;
  readonly bias: TensorNode;
}

/** By each addition of a row vector to a matrix product that nothing else uses: the two, which become one operation. */
function findBiasedProducts(
  order: readonly TensorNode[],
  roots: readonly TensorNode[],
): ReadonlyMap<TensorNode, BiasedProduct> {
  const users = countUsers(order, roots);
  const found = new Map<TensorNode, BiasedProduct>();
  for (const node of order) {
    if (node.op !== 'add') continue;
    const [product, bias] = node.inputs;
    const fits = product.op === 'matMul' && product.shape.length === 2 && bias.shape.length === 1;
    if (fits && users.get(product) === 1 && bias.shape[0] === product.shape[1]) found.set(node, { product, bias });
  }
  return found;
}

function countUsers(order: readonly TensorNode[], roots: readonly TensorNode[]): Map<TensorNode, number> {
  const users = new Map<TensorNode, number>(roots.map((root) => [root, 1]));
  for (const node of order) for (const input of node.inputs) users.set(input, (users.get(input) ?? 0) + 1);
  return users;
}

/** What is fed beside the inputs of the graph and follows from them. */
function derivedInputs({
  summations,
  fedShapes,
  precision,
}: Pick<GraphWriter, 'summations' | 'fedShapes' | 'precision'>): OnnxInput[] {
  return [
    ...summations.flatMap(({ index, rowCount, slots, mask }): OnnxInput[] => [
      { name: slots, type: 'int32', shape: [rowCount, `${index} slots`] },
      { name: mask, type: precision, shape: [rowCount, 1, `${index} slots`] },
    ]),
    ...fedShapes.map(({ name, shape }): OnnxInput => ({ name, type: 'int64', shape: [shape.length] })),
  ];
}

function onnxTypeOf(dtype: DType, precision: Precision): OnnxType {
  return dtype === 'real' ? precision : dtype === 'index' ? 'int32' : 'bool';
}
