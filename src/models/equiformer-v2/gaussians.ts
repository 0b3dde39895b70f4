import type { TensorNode } from '../../tensor/node.js';
import { constant, exp, multiply, subtract } from '../../tensor/operations.js';

/**
 * Gaussians of distances, [edges x 1] in A -> [edges x size]: exp(c (d - o_k)^2) with centres o_k evenly on 0 to the
 * cutoff and c = -1 / (2 (2 spacing)^2).
 *
 * They are narrow, so the centres are rounded to single precision as checkpoints have them.
 */
export function gaussianBasis(
  distances: TensorNode,
  { basisSize, cutoff }: { readonly basisSize: number; readonly cutoff: number },
): TensorNode {
  const centres = gaussianCentres(basisSize, cutoff);
  const coefficient = -0.5 / (2 * Math.fround(centres[1] - centres[0])) ** 2;
  const offsets = subtract(distances, constant(centres, [1, basisSize]));
  return exp(multiply(multiply(offsets, offsets), coefficient));
}

/**
 * Even centres in single precision as PyTorch makes them, eight at a time: the first of eight is counted from the
 * nearer end, the others are added to it.
 */
export function gaussianCentres(size: number, cutoff: number): Float32Array {
  const spacing = Math.fround(cutoff / (size - 1));
  return Float32Array.from({ length: size }, (_, k) => {
    const first = k - (k % 8);
    const start = first < size / 2 ? spacing * first : cutoff - spacing * (size - 1 - first);
    return Math.fround(start) + Math.fround(spacing * (k - first));
  });
}
