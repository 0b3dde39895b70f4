import type { NodeOf, TensorNode, TensorOp } from '../node.js';
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
  add: (_, operands, { emit }) => emit('Add', operands),
  subtract: (_, operands, { emit }) => emit('Sub', operands),
  multiply: (_, operands, { emit }) => emit('Mul', operands),
  divide: (_, operands, { emit }) => emit('Div', operands),
  less: (_, operands, { emit }) => emit('Less', operands),
  where: (_, operands, { emit }) => emit('Where', operands),
  matMul: (node, operands, context) => lowerMatMul(node, operands, context),
  reduceSum: ({ axes }, [x], { emit, integers }) =>
    emit('ReduceSum', [x, integers(axes)], { attributes: { keepdims: 0 } }),
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
