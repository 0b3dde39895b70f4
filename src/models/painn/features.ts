import type { TensorNode } from '../../tensor/node.js';
import { add, multiply, reduceSum, sqrt } from '../../tensor/operations.js';

/** Scalar features x, [atoms x h], and vector features v, [atoms x 3 x h]; v is absent while it is zero. */
export interface Features {
  readonly x: TensorNode;
  readonly v?: TensorNode;
}

/**
 * What is added to squared lengths of vectors in a smooth model.  Vector features vanish at sites of high symmetry, as
 * all of a perfect crystal are; with the 1e-8 of imported weights the energy has a cusp there, and force constants
 * without bound.
 */
export const smoothing = 1e-2;

/** Lengths of the vectors of each channel, [atoms x 3 x h] -> [atoms x h]: sqrt(|v|^2 + added). */
export function vectorNorms(v: TensorNode, added: number): TensorNode {
  return sqrt(add(reduceSum(multiply(v, v), [1]), added));
}
