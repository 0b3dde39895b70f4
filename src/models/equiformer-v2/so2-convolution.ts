import type { TensorNode } from '../../tensor/node.js';
import { add, concat, matMul, multiply, reshape, slice, subtract } from '../../tensor/operations.js';
import { linear } from '../layers/layers.js';
import type { WeightSource } from '../parameters.js';
import type { EquiformerV2Config } from './config.js';
import type { RadialNetwork } from './equiformer-v2-edges.js';

/** Features in the frame of an edge by order m, of degrees m to L, all channels of a degree together. */
export interface Orders {
  /** [edges x (L+1) C]. */
  readonly zero: TensorNode;
  /** For m = 1 to M. */
  readonly pairs: readonly OrderPair[];
}

/** The components of +m and of -m, [edges x (L-m+1) C] each. */
export interface OrderPair {
  readonly plus: TensorNode;
  readonly minus: TensorNode;
}

type OrderLimits = Pick<EquiformerV2Config, 'maxDegree' | 'maxOrder'>;

/** Cuts features, [edges x R x C], into orders. */
export function splitOrders(x: TensorNode, limits: OrderLimits): Orders {
  const [edges, , channels] = x.shape;
  return ordersOf(
    limits,
    (start, end) => reshape(slice(x, 1, start, end), [edges, (end - start) * Number(channels)]), // channels are a number
  );
}

/** Puts the components of features, R of [edges x C] each, together to orders. */
export function groupOrders(components: readonly TensorNode[], limits: OrderLimits): Orders {
  return ordersOf(limits, (start, end) => concat(components.slice(start, end), 1));
}

/** Orders of which `part` gives the components `start` to `end` (exclusive). */
function ordersOf({ maxDegree, maxOrder }: OrderLimits, part: (start: number, end: number) => TensorNode): Orders {
  let start = 0;
  const next = (count: number) => {
    start += count;
    return part(start - count, start);
  };
  const zero = next(maxDegree + 1);
  const pairs = Array.from({ length: maxOrder }, (_, index) => {
    const degrees = maxDegree - index;
    return { plus: next(degrees), minus: next(degrees) };
  });
  return { zero, pairs };
}

/** Puts orders together again, [edges x R x channels]. */
export function joinOrders(orders: Orders, channels: number): TensorNode {
  return concat(
    partsOf(orders).map((part) => reshape(part, [part.shape[0], degreesOf(part, channels), channels])),
    1,
  );
}

/** The components of orders, R of [edges x channels] each. */
export function cutOrders(orders: Orders, channels: number): TensorNode[] {
  return partsOf(orders).flatMap((part) =>
    Array.from({ length: degreesOf(part, channels) }, (_, degree) =>
      slice(part, 1, degree * channels, (degree + 1) * channels),
    ),
  );
}

function partsOf({ zero, pairs }: Orders): TensorNode[] {
  return [zero, ...pairs.flatMap(({ plus, minus }) => [plus, minus])];
}

function degreesOf(part: TensorNode, channels: number): number {
  return Number(part.shape[1]) / channels; // widths are numbers
}

/** Multiplies every degree and channel with a number that depends on the edge, the same for +m and -m. */
export function scaleOrders({ zero, pairs }: Orders, radial: RadialNetwork): Orders {
  let start = 0;
  const next = ({ shape: [, width] }: TensorNode) => {
    start += Number(width); // widths are numbers
    return radial.outputs(start - Number(width), start);
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
 * Convolution with the rotations about the edge: a linear map of each order, which treats (+m, -m) as real and
 * imaginary part of a complex number.
 *
 * @see Passaro and Zitnick, ICML 2023, arXiv 2302.03655, eq. 5.
 */
export function so2Convolution(
  { weights, name, maxDegree }: Convolution,
  { zero, pairs }: Orders,
  { channels, degrees = [0, maxDegree], scalars = [] }: ConvolutionOutputs,
): { readonly orders: Orders; readonly scalars: readonly TensorNode[] } {
  const [lowest, highest] = degrees;
  const ends = scalars.map((_, index) => scalars.slice(0, index + 1).reduce((sum, count) => sum + count, 0));
  const [scalarCount = 0] = ends.slice(-1);
  const [zeroStart, zeroEnd] = [lowest, highest + 1].map((degree) => scalarCount + degree * channels);
  const start = scalarCount === 0 ? zeroStart : 0;
  // One product for scalars and features takes less time than one for each.
  const rows = linear(weights, `${name}.fc_m0`, zero, [start, zeroEnd]);
  const orders = {
    zero: slice(rows, 1, zeroStart - start, zeroEnd - start),
    pairs: pairs.slice(0, highest).map((pair, index) => {
      const order = index + 1;
      const half = (maxDegree - order + 1) * channels;
      const [first, end] = [Math.max(0, lowest - order), highest - order + 1].map((degree) => degree * channels);
      const weight = `${name}.so2_m_conv.${index}.fc.weight`;
      return complexProduct(pair, weights(weight, [first, end]), weights(weight, [half + first, half + end]));
    }),
  };
  return { scalars: ends.map((end, index) => slice(rows, 1, end - scalars[index], end)), orders };
}

/**
 * Rows p + im times the transpose of a complex matrix R + iI, [out x in], with three products of real matrices in the
 * place of four: R p - I m = R (p + m) - (R + I) m, and R m + I p = R (p + m) + (I - R) p.
 */
function complexProduct({ plus, minus }: OrderPair, real: TensorNode, imaginary: TensorNode): OrderPair {
  const times = (x: TensorNode, matrix: TensorNode) => matMul(x, matrix, { transposeB: true });
  const shared = times(add(plus, minus), real);
  return {
    plus: subtract(shared, times(minus, add(real, imaginary))),
    minus: add(shared, times(plus, subtract(imaginary, real))),
  };
}
