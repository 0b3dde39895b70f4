import type { RadialBasis } from '../radial-basis.js';
import type { RepulsionKind } from '../repulsion.js';

/** Everything that fixes the shape of a PaiNN model. */
export interface PainnConfig {
  readonly kind: 'painn';
  readonly channels: number;
  readonly layers: number;
  readonly basis: RadialBasis;
  readonly basisSize: number;
  /** In A. */
  readonly cutoff: number;
  readonly envelopeExponent: number;
  /** Nearest neighbours kept before symmetrisation; null keeps all. */
  readonly maxNeighbors: number | null;
  /** Rows of the element embedding: atomic numbers 1 to this. */
  readonly elementCount: number;
  /** Whether messages vanish smoothly at the cutoff (the envelope multiplies the projected filter), and energies have no cusp at symmetric sites. */
  readonly smooth: boolean;
  /** What is added to the network at distances shorter than bonds; `none` when absent. */
  readonly repulsion?: RepulsionKind;
  /** Forces from their own head, or as the derivative of the energy. */
  readonly forces: 'direct' | 'conservative';
  /** One output per level of theory. */
  readonly heads: readonly string[];
  /** Factor on the scalar features after each update, one a layer. */
  readonly scaleFactors: readonly number[];
}

/** LaMM-S as published: 20,073,475 trainable parameters with one head. */
export const lammSConfig: PainnConfig = {
  kind: 'painn',
  channels: 512,
  layers: 6,
  basis: 'gaussian',
  basisSize: 128,
  cutoff: 12,
  envelopeExponent: 5,
  maxNeighbors: 50,
  elementCount: 83,
  smooth: false,
  forces: 'direct',
  heads: ['default'],
  scaleFactors: [1, 1, 1, 1, 1, 1],
};
