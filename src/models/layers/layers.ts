import type { TensorNode } from '../../tensor/node.js';
import {
  add,
  divide,
  less,
  matMul,
  multiply,
  reduceSum,
  reshape,
  silu,
  sqrt,
  subtract,
  where,
} from '../../tensor/operations.js';
import { timesDim } from '../../tensor/shape.js';
import type { WeightSource } from '../parameters.js';

/** x W^T + b with the parameters `name`.weight and `name`.bias, or with some of their rows: [n x in] -> [n x out]. */
export function linear(
  weights: WeightSource,
  name: string,
  x: TensorNode,
  rows?: readonly [start: number, end: number],
): TensorNode {
  return add(matMul(x, weights(`${name}.weight`, rows), { transposeB: true }), weights(`${name}.bias`, rows));
}

/** x W^T over the last axis of [n x 3 x in] -> [n x 3 x out]. */
export function matMulRows(x: TensorNode, weight: TensorNode): TensorNode {
  const [count, axes, width] = x.shape;
  const rows = reshape(x, [timesDim(Number(axes), count), width]);
  return reshape(matMul(rows, weight, { transposeB: true }), [count, axes, weight.shape[0]]);
}

/** Scaled sigmoid-weighted unit: x sigmoid(x) / 0.6. */
export function scaledSilu(x: TensorNode): TensorNode {
  return multiply(silu(x), 1 / 0.6);
}

/** Each row to mean 0 and variance 1, then an affine map: [n x h]. */
export function layerNorm(weights: WeightSource, name: string, x: TensorNode): TensorNode {
  const width = Number(x.shape[1]); // channels are always a number
  const mean = (y: TensorNode) => multiply(reduceSum(y, [1], { keepAxes: true }), 1 / width);
  const centred = subtract(x, mean(x));
  const deviation = sqrt(add(mean(multiply(centred, centred)), 1e-5));
  return add(multiply(divide(centred, deviation), weights(`${name}.weight`)), weights(`${name}.bias`));
}

/** Length over one axis, with derivative 0 where it is 0 (an atom without neighbours has no direction). */
export function safeNorm(x: TensorNode, axis: number): TensorNode {
  const square = reduceSum(multiply(x, x), [axis]);
  const positive = less(0, square);
  return where(positive, sqrt(where(positive, square, 1)), 0);
}
