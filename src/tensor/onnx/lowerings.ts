import type { BinaryOp, NodeOf, TensorNode, TensorOp } from '../node.js';
import type { GraphWriter } from './graph-writer.js';
import { runtimeDomain } from './model-proto.js';
import { emitSegmentSoftmax } from './segment-softmax.js';
import { emitSine } from './sine.js';

/** What a row of the table may use beside the node. */
export interface LoweringContext extends GraphWriter {
  /** Whether sine and cosine are written as sums and products, for devices whose own are poor. */
  readonly ownSine: boolean;
}

/** Writes one node, whose operands have been written under the names `operands`, and returns its own name. */
type Lowering<Op extends TensorOp> = (
  node: NodeOf<Op>,
  operands: readonly string[],
  context: LoweringContext,
) => string;

/** Every operation in ONNX operators. */
const lowerings: { readonly [Op in TensorOp]: Lowering<Op> } = {
  input: ({ name }) => name,
  constant: ({ values, shape }, _, { reals }) => reals(values, shape),
  negate: (_, operands, { emit }) => emit('Neg', operands),
  exp: (_, operands, { emit }) => emit('Exp', operands),
  log: (_, operands, { emit }) => emit('Log', operands),
  sqrt: (_, operands, { emit }) => emit('Sqrt', operands),
  reciprocal: (_, operands, { emit }) => emit('Reciprocal', operands),
  sin: (_, [x], context) => (context.ownSine ? emitSine(x, 'sin', context) : context.emit('Sin', [x])),
  cos: (_, [x], context) => (context.ownSine ? emitSine(x, 'cos', context) : context.emit('Cos', [x])),
  abs: (_, operands, { emit }) => emit('Abs', operands),
  sign: (_, operands, { emit }) => emit('Sign', operands),
  sigmoid: (_, operands, { emit }) => emit('Sigmoid', operands),
  silu: (_, operands, context) => emitSilu(operands, context),
  add: (node, operands, context) => emitPairwise('Add', [node, operands], context),
  subtract: (node, operands, context) => emitPairwise('Sub', [node, operands], context),
  multiply: (node, operands, context) => emitPairwise('Mul', [node, operands], context),
  divide: (node, operands, context) => emitPairwise('Div', [node, operands], context),
  less: (_, operands, { emit }) => emit('Less', operands),
  where: (_, operands, { emit }) => emit('Where', operands),
  matMul: (node, operands, context) => lowerMatMul(node, operands, context),
  reduceSum: (node, [x], context) => emitSum(node, x, context),
  broadcastTo: ({ shape }, [x], context) => context.emit('Expand', [x, context.shape(shape)]),
  reshape: ({ shape }, [x], { emit, reshapeTo }) => emit('Reshape', [x, reshapeTo(shape)]),
  transpose: ({ permutation }, [x], { emit }) => emit('Transpose', [x], { attributes: { perm: permutation } }),
  slice: ({ start, end, axis }, [x], { emit, integers }) =>
    emit('Slice', [x, ...[[start], [end], [axis]].map(integers)]),
  concat: ({ axis }, operands, { emit }) => emit('Concat', operands, { attributes: { axis } }),
  gatherRows: (_, operands, { emit }) => emit('Gather', operands),
  scatterRows: ({ inputs: [, indices], shape }, [updates], { emit, integers, summation }) => {
    const [rowCount, ...rest] = shape;
    const { slots, mask } = summation(indices, rowCount);
    const width = rest.reduce<number>((product, dim) => product * Number(dim), 1); // `scatterRows` asserts known lengths
    const rows = emit('Reshape', [updates, integers([-1, width])]);
    const sums = emit('MatMul', [mask, emit('Gather', [rows, slots])]);
    return emit('Reshape', [sums, integers([-1, ...rest.map(Number)])]);
  },
  segmentSoftmax: (node, operands, context) => emitSegmentSoftmax(node, operands, context),
};

/**
 * An operation on two tensors, element by element.  Beside columns of width 1 a number is written with as many axes as
 * they have: ONNX Runtime is ten times faster then.
 */
function emitPairwise(
  operator: string,
  [{ inputs, shape }, operands]: readonly [node: NodeOf<BinaryOp>, operands: readonly string[]],
  { emit, scalar }: GraphWriter,
): string {
  const written = inputs.map((input, index) => {
    const isNumber = input.op === 'constant' && input.shape.length === 0;
    return isNumber && shape.at(-1) === 1 ? scalar(input.values[0], shape.length) : operands[index];
  });
  return emit(operator, written);
}

/** Numbers in the rows that are summed as a matrix product. */
const longestRow = 64;

/** A sum over axes; one over the first axis of short rows, [... x a x b], is a product with ones, which is faster. */
function emitSum({ inputs: [{ shape }], axes }: NodeOf<'reduceSum'>, x: string, context: GraphWriter): string {
  const { emit, integers, reals } = context;
  const [first, second] = [Number(shape.at(-2)), Number(shape.at(-1))]; // NaN, and not short, when they are not known
  const isShort = shape.length > 2 && axes.length === 1 && axes[0] === shape.length - 2 && first * second <= longestRow;
  if (!isShort) return emit('ReduceSum', [x, integers(axes)], { attributes: { keepdims: 0 } });
  const ones = Float64Array.from({ length: first * second ** 2 }, (_, index) =>
    Math.floor(index / second) % second === index % second ? 1 : 0,
  );
  const rows = emit('Reshape', [x, integers([-1, first * second])]);
  const sums = emit('MatMul', [rows, reals(ones, [first * second, second])]);
  return shape.length === 3 ? sums : emit('Reshape', [sums, context.reshapeTo(shape.toSpliced(-2, 1))]);
}

/** In single precision one pass over the data instead of two. */
function emitSilu(operands: readonly string[], { emit, precision }: GraphWriter): string {
  if (precision === 'float64') return emit('Mul', [...operands, emit('Sigmoid', operands)]);
  return emit('QuickGelu', operands, { attributes: { alpha: { real: 1 } }, domain: runtimeDomain });
}

/** Writes `node` by its row of the table. */
export function lowerNode<Op extends TensorOp>(
  node: NodeOf<Op> & TensorNode,
  operands: readonly string[],
  context: LoweringContext,
): string {
  const lowering = lowerings[node.op] as unknown as Lowering<Op>; // the table is typed by the same operation
  return lowering(node, operands, context);
}

/** A matrix product, or a plain one of two axes with a bias row added to it: `operands` are two names, or three. */
export function lowerMatMul(
  { transposeA, transposeB, shape }: NodeOf<'matMul'>,
  operands: readonly string[],
  { emit }: Pick<GraphWriter, 'emit'>,
): string {
  const rank = shape.length;
  if (rank === 2 && (transposeA || transposeB || operands.length === 3)) {
    return emit('Gemm', operands, { attributes: { transA: Number(transposeA), transB: Number(transposeB) } });
  }
  const [a, b] = operands;
  const swapped = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  const turn = (name: string) => emit('Transpose', [name], { attributes: { perm: swapped } });
  return emit('MatMul', [transposeA ? turn(a) : a, transposeB ? turn(b) : b]);
}
