import type { TensorNode } from '../../tensor/node.js';
import { constant, divide, exp, multiply, sin, subtract } from '../../tensor/operations.js';

/** How distances become features. */
export type RadialBasis = 'gaussian' | 'bessel';

/**
 * Radial features of distances: [E x 1] in A -> [E x size].
 *
 * Gaussian: exp(c (d/cutoff - o_k)^2) with centres o_k evenly on 0..1 and c = -1 / (2 spacing^2).
 * Bessel: sqrt(2/cutoff) sin(k pi d/cutoff) / d.
 *
 * @see Gasteiger et al., ICLR 2020, eq. 7, for the Bessel functions.
 */
export function radialBasis(
  distances: TensorNode,
  { basis, size, cutoff }: { readonly basis: RadialBasis; readonly size: number; readonly cutoff: number },
): TensorNode {
  if (basis === 'bessel') {
    const frequencies = Float64Array.from({ length: size }, (_, k) => ((k + 1) * Math.PI) / cutoff);
    const waves = sin(multiply(distances, constant(frequencies, [1, size])));
    return divide(multiply(waves, Math.sqrt(2 / cutoff)), distances);
  }
  const centres = gaussianCentres(size);
  const coefficient = -0.5 / (centres[1] - centres[0]) ** 2;
  const offsets = subtract(multiply(distances, 1 / cutoff), constant(centres, [1, size]));
  return exp(multiply(multiply(offsets, offsets), coefficient));
}

/** Even centres on 0..1 in single precision, counted from the nearer end, as the original model stores them. */
export function gaussianCentres(size: number): Float32Array {
  const spacing = Math.fround(1 / (size - 1));
  return Float32Array.from({ length: size }, (_, k) =>
    k < size / 2 ? spacing * k : 1 - Math.fround(spacing * (size - 1 - k)),
  );
}
