import { LammError } from '../errors.js';
import type { BinaryOp, DType, TensorNode, UnaryOp } from './node.js';
import { assertSameElementCount, assertShape, broadcastShapes, type Dim, type Shape, sameShape } from './shape.js';

/** A value fed when the graph runs. */
export function input(name: string, shape: Shape, dtype: DType = 'real'): TensorNode {
  return { op: 'input', name, shape, dtype, inputs: [] };
}

/** A number, or an array of fixed shape, written into the graph. */
export function constant(values: number | ArrayLike<number>, shape: readonly number[] = []): TensorNode {
  const array = typeof values === 'number' ? Float64Array.of(values) : Float64Array.from(values);
  const expected = shape.reduce((product, dim) => product * dim, 1);
  if (array.length !== expected) {
    throw new LammError('graph', `expected ${expected} values for a constant of that shape, found ${array.length}`);
  }
  return { op: 'constant', values: array, shape, dtype: 'real', inputs: [] };
}

export const negate = (x: TensorNode) => unary('negate', x);
export const exp = (x: TensorNode) => unary('exp', x);
export const log = (x: TensorNode) => unary('log', x);
export const sqrt = (x: TensorNode) => unary('sqrt', x);
export const reciprocal = (x: TensorNode) => unary('reciprocal', x);
export const sin = (x: TensorNode) => unary('sin', x);
export const cos = (x: TensorNode) => unary('cos', x);
export const abs = (x: TensorNode) => unary('abs', x);
export const sign = (x: TensorNode) => unary('sign', x);
export const sigmoid = (x: TensorNode) => unary('sigmoid', x);
/** Sigmoid-weighted unit: x sigmoid(x). */
export const silu = (x: TensorNode) => unary('silu', x);

/** a + b with broadcasting; adding the number 0 returns the other operand. */
export function add(a: TensorNode | number, b: TensorNode | number): TensorNode {
  const [left, right] = [asNode(a), asNode(b)];
  if (scalarValue(right) === 0) return left;
  if (scalarValue(left) === 0) return right;
  return binary('add', left, right);
}

export function subtract(a: TensorNode | number, b: TensorNode | number): TensorNode {
  const [left, right] = [asNode(a), asNode(b)];
  return scalarValue(right) === 0 ? left : binary('subtract', left, right);
}

/** a * b with broadcasting; factors 1 vanish and number factors are gathered behind the tensor. */
export function multiply(a: TensorNode | number, b: TensorNode | number): TensorNode {
  const [left, right] = [asNode(a), asNode(b)];
  const factor = scalarValue(right);
  if (factor === undefined)
    return scalarValue(left) === undefined ? binary('multiply', left, right) : multiply(right, left);
  if (factor === 1) return left;
  const inner = left.op === 'multiply' ? scalarValue(left.inputs[1]) : undefined;
  if (left.op === 'multiply' && inner !== undefined) return multiply(left.inputs[0], inner * factor);
  return binary('multiply', left, right);
}

export function divide(a: TensorNode | number, b: TensorNode | number): TensorNode {
  const [left, right] = [asNode(a), asNode(b)];
  const divisor = scalarValue(right);
  return divisor === undefined ? binary('divide', left, right) : multiply(left, 1 / divisor);
}

/** a < b, element by element. */
export function less(a: TensorNode | number, b: TensorNode | number): TensorNode {
  const [left, right] = [asNode(a), asNode(b)];
  return { op: 'less', inputs: [left, right], shape: broadcastShapes(left.shape, right.shape), dtype: 'truth' };
}

/** `yes` where `condition` holds, `no` elsewhere. */
export function where(condition: TensorNode, yes: TensorNode | number, no: TensorNode | number): TensorNode {
  const [left, right] = [asNode(yes), asNode(no)];
  assertDtype(condition, 'truth', 'where');
  const shape = broadcastShapes(condition.shape, broadcastShapes(left.shape, right.shape));
  return { op: 'where', inputs: [condition, left, right], shape, dtype: 'real' };
}

/** Matrix product over the last two axes, either operand transposed first; earlier axes must agree. */
export function matMul(a: TensorNode, b: TensorNode, { transposeA = false, transposeB = false } = {}): TensorNode {
  const rank = a.shape.length;
  assertShape(
    rank >= 2 && b.shape.length === rank,
    'a matrix product needs two tensors of the same rank, 2 or more',
    a.shape,
    b.shape,
  );
  const batch = a.shape.slice(0, -2);
  const [rows, inner] = lastTwo(a.shape, transposeA);
  const [innerB, columns] = lastTwo(b.shape, transposeB);
  assertShape(inner === innerB, 'inner lengths of a matrix product must agree', a.shape, b.shape);
  assertShape(sameShape(batch, b.shape.slice(0, -2)), 'outer lengths of a matrix product must agree', a.shape, b.shape);
  return { op: 'matMul', inputs: [a, b], transposeA, transposeB, shape: [...batch, rows, columns], dtype: 'real' };
}

/** Sum over `axes` (all, when absent), which vanish or stay with length 1. */
export function reduceSum(x: TensorNode, axes?: readonly number[], { keepAxes = false } = {}): TensorNode {
  const summed = (axes ?? x.shape.map((_, axis) => axis)).map((axis) => checkedAxis(axis, x.shape));
  if (summed.length === 0) return x;
  const shape = x.shape.filter((_, axis) => !summed.includes(axis));
  const node: TensorNode = {
    op: 'reduceSum',
    inputs: [x],
    axes: summed.toSorted((a, b) => a - b),
    shape,
    dtype: 'real',
  };
  return keepAxes
    ? reshape(
        node,
        x.shape.map((dim, axis) => (summed.includes(axis) ? 1 : dim)),
      )
    : node;
}

/** Repeats axes of length 1, and adds axes in front, until the shape is `shape`. */
export function broadcastTo(x: TensorNode, shape: Shape): TensorNode {
  if (sameShape(x.shape, shape)) return x;
  assertShape(
    sameShape(broadcastShapes(x.shape, shape), shape),
    'a tensor cannot be repeated to that shape',
    x.shape,
    shape,
  );
  return { op: 'broadcastTo', inputs: [x], shape, dtype: x.dtype };
}

/** A node with the elements of `x` in their order under another shape. */
export function reshape(x: TensorNode, shape: Shape): TensorNode {
  if (sameShape(x.shape, shape)) return x;
  assertSameElementCount(x.shape, shape);
  return { op: 'reshape', inputs: [x.op === 'reshape' ? x.inputs[0] : x], shape, dtype: x.dtype };
}

/** Axes in another order; axis i of the result is axis `permutation[i]` of `x`. */
export function transpose(x: TensorNode, permutation: readonly number[]): TensorNode {
  const isPermutation = permutation.toSorted((a, b) => a - b).every((axis, index) => axis === index);
  assertShape(
    isPermutation && permutation.length === x.shape.length,
    'a transposition must name every axis once',
    x.shape,
    permutation,
  );
  return { op: 'transpose', inputs: [x], permutation, shape: permutation.map((axis) => x.shape[axis]), dtype: x.dtype };
}

/** Elements `start` to `end` (exclusive) along an axis of known length. */
export function slice(x: TensorNode, axis: number, start: number, end: number): TensorNode {
  const length = x.shape[checkedAxis(axis, x.shape)];
  assertShape(typeof length === 'number', 'only an axis of known length can be sliced', x.shape);
  assertShape(0 <= start && start < end && end <= length, `slice ${start} to ${end} is outside axis ${axis}`, x.shape);
  if (start === 0 && end === length) return x;
  return { op: 'slice', inputs: [x], axis, start, end, shape: x.shape.with(axis, end - start), dtype: x.dtype };
}

/** Tensors one after another along an axis of known lengths. */
export function concat(parts: readonly TensorNode[], axis: number): TensorNode {
  const [first] = parts;
  let length = 0;
  for (const part of parts) {
    const dim = part.shape[checkedAxis(axis, part.shape)];
    assertShape(typeof dim === 'number', 'only axes of known length can be joined', part.shape);
    assertShape(
      sameShape(part.shape.with(axis, 0), first.shape.with(axis, 0)),
      'joined tensors must agree in the other axes',
      first.shape,
      part.shape,
    );
    length += dim;
  }
  return parts.length === 1
    ? first
    : { op: 'concat', inputs: parts, axis, shape: first.shape.with(axis, length), dtype: first.dtype };
}

/** Rows of `table` chosen by `indices`: [rows x ...], [n] -> [n x ...]. */
export function gatherRows(table: TensorNode, indices: TensorNode): TensorNode {
  assertDtype(indices, 'index', 'gatherRows');
  assertShape(
    table.shape.length >= 1 && indices.shape.length === 1,
    'rows are chosen by a list of indices',
    table.shape,
    indices.shape,
  );
  return {
    op: 'gatherRows',
    inputs: [table, indices],
    shape: [indices.shape[0], ...table.shape.slice(1)],
    dtype: table.dtype,
  };
}

/** Sums rows into `rowCount` rows, row n of `updates` into row `indices[n]`: [n x ...], [n] -> [rowCount x ...]. */
export function scatterRows(updates: TensorNode, indices: TensorNode, rowCount: Dim): TensorNode {
  assertDtype(indices, 'index', 'scatterRows');
  assertShape(
    updates.shape.length >= 1 && sameShape(indices.shape, [updates.shape[0]]),
    'every row to be summed needs one index',
    updates.shape,
    indices.shape,
  );
  assertShape(
    updates.shape.slice(1).every((dim) => typeof dim === 'number'),
    'summed rows must have a known width',
    updates.shape,
  );
  return { op: 'scatterRows', inputs: [updates, indices], shape: [rowCount, ...updates.shape.slice(1)], dtype: 'real' };
}

/**
 * Exponentials divided by their sum over segments: over all rows that have the same index, and over the second axis of
 * these. [n x m x k], [n] -> [n x m x k]; there are indices for `rowCount` segments.
 */
export function segmentSoftmax(x: TensorNode, indices: TensorNode, rowCount: Dim): TensorNode {
  assertDtype(indices, 'index', 'segmentSoftmax');
  assertShape(
    x.shape.length === 3 && sameShape(indices.shape, [x.shape[0]]),
    'a softmax over segments needs three axes, and an index for each of the first',
    x.shape,
    indices.shape,
  );
  assertShape(
    typeof x.shape[2] === 'number',
    'the last axis of a softmax over segments must have a known length',
    x.shape,
  );
  return { op: 'segmentSoftmax', inputs: [x, indices], rowCount, shape: x.shape, dtype: 'real' };
}

/** A tensor of one repeated number. */
export function filled(value: number, shape: Shape): TensorNode {
  return broadcastTo(constant(value), shape);
}

/** The value of a constant without axes. */
function scalarValue(node: TensorNode): number | undefined {
  return node.op === 'constant' && node.shape.length === 0 ? node.values[0] : undefined;
}

function asNode(value: TensorNode | number): TensorNode {
  return typeof value === 'number' ? constant(value) : value;
}

function unary(op: UnaryOp, x: TensorNode): TensorNode {
  assertDtype(x, 'real', op);
  return { op, inputs: [x], shape: x.shape, dtype: 'real' };
}

function binary(op: BinaryOp, a: TensorNode, b: TensorNode): TensorNode {
  assertDtype(a, 'real', op);
  assertDtype(b, 'real', op);
  const shape = broadcastShapes(a.shape, b.shape);
  return { op, inputs: [withoutRepetition(a, b, shape), withoutRepetition(b, a, shape)], shape, dtype: 'real' };
}

/** The operand before it was repeated, where the other operand repeats it anyway. */
function withoutRepetition(operand: TensorNode, other: TensorNode, shape: Shape): TensorNode {
  if (operand.op !== 'broadcastTo' || other.op === 'broadcastTo') return operand;
  const [source] = operand.inputs;
  return sameShape(broadcastShapes(source.shape, other.shape), shape) ? source : operand;
}

function assertDtype(node: TensorNode, dtype: DType, operation: string): void {
  if (node.dtype === dtype) return;
  throw new LammError('graph', `${operation} needs a tensor of ${dtype} values, found ${node.dtype}`);
}

function checkedAxis(axis: number, shape: Shape): number {
  assertShape(Number.isInteger(axis) && axis >= 0 && axis < shape.length, `there is no axis ${axis}`, shape);
  return axis;
}

function lastTwo(shape: Shape, transposed: boolean): readonly [Dim, Dim] {
  const [rows, columns] = [shape[shape.length - 2], shape[shape.length - 1]];
  return transposed ? [columns, rows] : [rows, columns];
}
