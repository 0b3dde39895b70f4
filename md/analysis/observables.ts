import type { Displacements } from './mean-squared-displacement.js';
import type { RadialDistribution } from './radial-distribution.js';
import type { Thermodynamics } from './thermodynamics.js';
import type { VelocityCorrelation } from './velocity-autocorrelation.js';

/** What analyses come to; what was not analysed is absent. */
export interface Observables {
  readonly atomCount: number;
  readonly rdf?: RadialDistribution;
  readonly msd?: Displacements;
  readonly vacf?: VelocityCorrelation;
  readonly thermo?: Thermodynamics;
}
