import type { TensorNode } from '../../tensor/node.js';
import { concat, matMul, multiply, negate, reshape, slice } from '../../tensor/operations.js';
import { linear } from '../layers/layers.js';
import type { WeightSource } from '../parameters.js';
import type { EquiformerV2Config } from './config.js';
import type { RadialNetwork } from './equiformer-v2-edges.js';

/** Features in the frame of an edge by order m, of degrees m to L, all channels of a degree together. */
export interface Orders {
  /** [edges x (L+1) C]. */
  readonly zero: TensorNode;
  /** For m = 1 to M: the components of +m, then those of -m, [edges x 2 (L-m+1) C]. */
  readonly pairs: readonly TensorNode[];
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
  const pairs = Array.from({ length: maxOrder }, (_, index) => next(2 * (maxDegree - index)));
  return { zero, pairs };
}

/** Puts orders together again, [edges x R x channels]. */
export function joinOrders({ zero, pairs }: Orders, channels: number): TensorNode {
  return concat(
    [zero, ...pairs].map((part) => reshape(part, [part.shape[0], Number(part.shape[1]) / channels, channels])),
    1,
  );
}

/** Multiplies every degree and channel with a number that depends on the edge, the same for +m and -m. */
export function scaleOrders({ zero, pairs }: Orders, radial: RadialNetwork): Orders {
  let start = 0;
  const next = (width: number) => {
    const factors = radial.outputs(start, start + width);
    start += width;
    return factors;
  };
  return {
    zero: multiply(zero, next(Number(zero.shape[1]))), // widths are numbers
    pairs: pairs.map((pair) => {
      const [edges, width] = pair.shape;
      const half = Number(width) / 2;
      const factors = reshape(next(half), [edges, 1, half]);
      return reshape(multiply(reshape(pair, [edges, 2, half]), factors), pair.shape);
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
      const matrix = complexMatrix(weights(weight, [start, end]), weights(weight, [half + start, half + end]));
      return matMul(pair, matrix, { transposeB: true });
    }),
  };
  return { scalars: groups, orders };
}

/**
 * A complex matrix R + iI, [out x in] each, as the real one that acts on (real part, imaginary part), [2 out x 2 in]:
 * one product with it is faster than four with its parts.
 */
function complexMatrix(real: TensorNode, imaginary: TensorNode): TensorNode {
  return concat([concat([real, negate(imaginary)], 1), concat([imaginary, real], 1)], 0);
}
