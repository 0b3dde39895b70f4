import { LammError } from '../errors.js';
import { type NodeOf, type TensorNode, type TensorOp, topologicalOrder } from './node.js';
import {
  add,
  broadcastTo,
  constant,
  cos,
  divide,
  gatherRows,
  matMul,
  multiply,
  negate,
  reduceSum,
  reshape,
  scatterRows,
  sigmoid,
  sign,
  sin,
  slice,
  subtract,
  transpose,
  where,
} from './operations.js';
import { formatShape, type Shape, sameShape } from './shape.js';
import { joinSlices, type SliceDerivative } from './slice-derivatives.js';

/**
 * For a node and the derivative of a scalar with respect to it: the derivative with respect to each input, where there
 * is one.
 */
type Rule<Op extends TensorOp> = (node: NodeOf<Op>, gradient: TensorNode) => readonly (Derivative | undefined)[];

/** A derivative with respect to a node, or to elements of it along one axis, the others having none. */
type Derivative = TensorNode | SliceDerivative;

/**
 * The derivative of every operation, in terms of graph nodes, so that a derivative can be differentiated again.
 * y is the node itself, g the gradient that arrives, a, b, x the inputs.
 */
const rules: { readonly [Op in TensorOp]: Rule<Op> } = {
  input: () => [],
  constant: () => [],
  negate: (_, g) => [negate(g)],
  exp: (y, g) => [multiply(g, y)],
  log: ({ inputs: [x] }, g) => [divide(g, x)],
  sqrt: (y, g) => [divide(multiply(g, 0.5), y)],
  reciprocal: (y, g) => [negate(multiply(g, multiply(y, y)))],
  sin: ({ inputs: [x] }, g) => [multiply(g, cos(x))],
  cos: ({ inputs: [x] }, g) => [negate(multiply(g, sin(x)))],
  abs: ({ inputs: [x] }, g) => [multiply(g, sign(x))],
  sign: () => [undefined],
  sigmoid: (y, g) => [multiply(g, multiply(y, subtract(1, y)))],
  silu: (y, g) => [multiply(g, add(y, multiply(sigmoid(y.inputs[0]), subtract(1, y))))],
  add: ({ inputs: [a, b] }, g) => [sumTo(g, a.shape), sumTo(g, b.shape)],
  subtract: ({ inputs: [a, b] }, g) => [sumTo(g, a.shape), sumTo(negate(g), b.shape)],
  multiply: ({ inputs: [a, b] }, g) => [sumTo(multiply(g, b), a.shape), sumTo(multiply(g, a), b.shape)],
  divide: (y, g) => {
    const [a, b] = y.inputs;
    const scaled = divide(g, b);
    return [sumTo(scaled, a.shape), sumTo(negate(multiply(scaled, y)), b.shape)];
  },
  less: () => [undefined, undefined],
  where: ({ inputs: [condition, a, b] }, g) => [
    undefined,
    sumTo(where(condition, g, 0), a.shape),
    sumTo(where(condition, 0, g), b.shape),
  ],
  matMul: ({ inputs: [a, b], transposeA, transposeB }, g) => [
    transposeA ? matMul(b, g, { transposeA: transposeB, transposeB: true }) : matMul(g, b, { transposeB: !transposeB }),
    transposeB ? matMul(g, a, { transposeA: true, transposeB: transposeA }) : matMul(a, g, { transposeA: !transposeA }),
  ],
  reduceSum: ({ inputs: [x], axes }, g) => [
    broadcastTo(
      reshape(
        g,
        x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
      ),
      x.shape,
    ),
  ],
  broadcastTo: ({ inputs: [x] }, g) => [sumTo(g, x.shape)],
  reshape: ({ inputs: [x] }, g) => [reshape(g, x.shape)],
  transpose: ({ permutation }, g) => [
    transpose(
      g,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  slice: ({ axis, start, end }, g) => [{ axis, start, end, of: g }],
  concat: ({ inputs, axis }, g) => {
    let start = 0;
    return inputs.map((part) => {
      const end = start + Number(part.shape[axis]);
      const gradient = slice(g, axis, start, end);
      start = end;
      return gradient;
    });
  },
  gatherRows: ({ inputs: [table, indices] }, g) => [scatterRows(g, indices, table.shape[0]), undefined],
  scatterRows: ({ inputs: [, indices] }, g) => [gatherRows(g, indices), undefined],
  segmentSoftmax: (y, g) => {
    const [, indices] = y.inputs;
    const weighted = multiply(g, y);
    const sums = gatherRows(scatterRows(reduceSum(weighted, [1]), indices, y.rowCount), indices);
    const [rows, , width] = y.shape;
    return [subtract(weighted, multiply(y, reshape(sums, [rows, 1, width]))), undefined];
  },
};

/**
 * Derivatives of the scalar `of` with respect to each node of `by`, as graph nodes of the same shapes.
 *
 * @throws {LammError} `graph` when `of` is not a scalar, or does not depend on one of `by`.
 */
export function gradients(of: TensorNode, by: readonly TensorNode[]): TensorNode[] {
  if (of.shape.length !== 0) {
    throw new LammError('graph', `only a scalar can be differentiated; found shape ${formatShape(of.shape)}`);
  }
  const order = topologicalOrder([of]);
  const wanted = dependents(order, by);
  const arrived = new Map<TensorNode, Derivative[]>([[of, [constant(1)]]]);
  const complete = new Map<TensorNode, TensorNode>();
  for (const node of order.reverse()) {
    const parts = arrived.get(node);
    if (parts === undefined || !wanted.has(node)) continue;
    const gradient = sumDerivatives(parts, node.shape);
    complete.set(node, gradient);
    if (node.inputs.length === 0) continue;
    const derivatives = applyRule(node, gradient);
    node.inputs.forEach((input, index) => {
      const derivative = derivatives[index];
      if (derivative === undefined || !wanted.has(input)) return;
      const before = arrived.get(input);
      if (before === undefined) arrived.set(input, [derivative]);
      else before.push(derivative);
    });
  }
  return by.map((node) => {
    const gradient = complete.get(node);
    if (gradient !== undefined) return gradient;
    const name = node.op === 'input' ? ` "${node.name}"` : '';
    throw new LammError('graph', `the scalar does not depend on the ${node.op}${name} it is to be differentiated by`);
  });
}

/** Sums a broadcast tensor back to the shape it came from. */
function sumTo(x: TensorNode, shape: Shape): TensorNode {
  if (sameShape(x.shape, shape)) return x;
  const added = x.shape.length - shape.length;
  const axes = x.shape.flatMap((dim, axis) => (axis < added || shape[axis - added] !== dim ? [axis] : []));
  return reshape(reduceSum(x, axes), shape);
}

function sumDerivatives(parts: readonly Derivative[], shape: Shape): TensorNode {
  const whole = parts.filter((part) => 'op' in part);
  const slices = parts.filter((part) => 'of' in part);
  return [...whole, ...joinSlices(slices, shape)].reduce((sum, part) => add(sum, part));
}

/** Nodes of `order` that depend on one of `by`. */
function dependents(order: readonly TensorNode[], by: readonly TensorNode[]): Set<TensorNode> {
  const found = new Set<TensorNode>(by);
  for (const node of order) if (node.inputs.some((input) => found.has(input))) found.add(node);
  return found;
}

function applyRule<Op extends TensorOp>(node: NodeOf<Op>, gradient: TensorNode): readonly (Derivative | undefined)[] {
  const rule = rules[node.op] as unknown as Rule<Op>; // the table is typed by the same operation
  return rule(node, gradient);
}
