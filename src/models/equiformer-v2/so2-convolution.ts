import type { TensorNode } from '../../tensor/node.js';
import { add, concat, matMul, multiply, reshape, slice, subtract } from '../../tensor/operations.js';
import { linear } from '../layers/layers.js';
import type { WeightSource } from '../parameters.js';
import type { EquiformerV2Config } from './config.js';
import type { RadialNetwork } from './edges.js';

/**
 * Features in the frame of an edge by order m.  Each tensor holds the degrees m to L of its order, all channels of a degree together:
 * [edges x (L-m+1) C].
 */
export interface Orders {
  readonly zero: TensorNode;
  /** For m = 1 to M. */
  readonly pairs: readonly Pair[];
}

/** The components +m and -m. */
export interface Pair {
  readonly plus: TensorNode;
  readonly minus: TensorNode;
}

/** Cuts features, [edges x R x C], into orders. */
export function splitOrders(
  x: TensorNode,
  { maxDegree, maxOrder }: Pick<EquiformerV2Config, 'maxDegree' | 'maxOrder'>,
): Orders {
  const [edges, , channels] = x.shape;
  let start = 0;
  const next = (count: number) => {
    const part = slice(x, 1, start, start + count);
    start += count;
    return reshape(part, [edges, count * Number(channels)]); // channels are a number
  };
  const zero = next(maxDegree + 1);
  const pairs = Array.from({ length: maxOrder }, (_, index) => {
    const count = maxDegree - index;
    return { plus: next(count), minus: next(count) };
  });
  return { zero, pairs };
}

/** Puts orders together again, [edges x R x channels]. */
export function joinOrders({ zero, pairs }: Orders, channels: number): TensorNode {
  const parts = [zero, ...pairs.flatMap(({ plus, minus }) => [plus, minus])];
  return concat(
    parts.map((part) => reshape(part, [part.shape[0], Number(part.shape[1]) / channels, channels])),
    1,
  );
}

/** Multiplies every degree and channel with a number that depends on the edge, the same for +m and -m. */
export function scaleOrders({ zero, pairs }: Orders, radial: RadialNetwork): Orders {
  let start = 0;
  const next = ({ shape }: TensorNode) => {
    const end = start + Number(shape[1]);
    const factors = radial.outputs(start, end);
    start = end;
    return factors;
  };
  return {
    zero: multiply(zero, next(zero)),
    pairs: pairs.map(({ plus, minus }) => {
      const factors = next(plus);
      return { plus: multiply(plus, factors), minus: multiply(minus, factors) };
    }),
  };
}

/** A convolution and its parameters. */
export interface Convolution {
  readonly weights: WeightSource;
  readonly name: string;
  /** L of its inputs. */
  readonly maxDegree: number;
}

/** What a convolution gives. */
export interface ConvolutionOutputs {
  /** Channels of each component. */
  readonly channels: number;
  /** Lowest and highest degree that are computed; all, when absent. */
  readonly degrees?: readonly [lowest: number, highest: number];
  /** Groups of so many scalars each, which come before the features. */
  readonly scalars?: readonly number[];
}

/**
 * Convolution with the rotations about the edge: a linear map of each order, which treats (+m, -m) as real and imaginary part of a
 * complex number.
 *
 * @see Passaro and Zitnick, ICML 2023, arXiv 2302.03655, eq. 5.
 */
export function so2Convolution(
  { weights, name, maxDegree }: Convolution,
  { zero, pairs }: Orders,
  { channels, degrees = [0, maxDegree], scalars = [] }: ConvolutionOutputs,
): { readonly orders: Orders; readonly scalars: readonly TensorNode[] } {
  const [lowest, highest] = degrees;
  let scalarCount = 0;
  const groups = scalars.map((count) => {
    const start = scalarCount;
    scalarCount += count;
    return linear(weights, `${name}.fc_m0`, zero, [start, scalarCount]);
  });
  const zeroRows = [lowest, highest + 1].map((degree) => scalarCount + degree * channels);
  const orders = {
    zero: linear(weights, `${name}.fc_m0`, zero, [zeroRows[0], zeroRows[1]]),
    pairs: pairs.slice(0, highest).map((pair, index) => {
      const order = index + 1;
      const half = (maxDegree - order + 1) * channels;
      const [start, end] = [Math.max(0, lowest - order), highest - order + 1].map((degree) => degree * channels);
      const weight = `${name}.so2_m_conv.${index}.fc.weight`;
      return complexProduct(pair, weights(weight, [start, end]), weights(weight, [half + start, half + end]));
    }),
  };
  return { scalars: groups, orders };
}

/** (plus + i minus) (real + i imaginary)^T. */
function complexProduct({ plus, minus }: Pair, real: TensorNode, imaginary: TensorNode): Pair {
  const times = (x: TensorNode, matrix: TensorNode) => matMul(x, matrix, { transposeB: true });
  return {
    plus: subtract(times(plus, real), times(minus, imaginary)),
    minus: add(times(minus, real), times(plus, imaginary)),
  };
}
