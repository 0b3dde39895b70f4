import { LammError } from '../src/errors.js';
import { assertGreater } from './assert-greater.js';
import type { Calculator } from './calculator.js';
import { createPairCalculator, type PairPotential } from './pair-potential.js';

/** Energies in eV, distances in A.  Without options: reduced units, epsilon = sigma = 1. */
export interface LennardJonesOptions {
  /** Depth of the well. */
  readonly epsilon?: number;
  /** Distance at which the energy is zero. */
  readonly sigma?: number;
  /** Three sigma when absent. */
  readonly cutoff?: number;
  /**
   * Brings energy and force smoothly to zero between `onset` and `cutoff`; otherwise the energy is shifted and the
   * force ends in a step.
   */
  readonly smooth?: boolean;
  /** Where the smoothing sets in: 0.66 of the cutoff when absent. */
  readonly onset?: number;
  /** Threads for large systems, see `SiteCalculatorOptions`. */
  readonly threads?: number;
}

/** Creates the calculator of `lennardJonesPotential`, with which it throws. */
export function createLennardJones({ threads, ...options }: LennardJonesOptions = {}): Calculator {
  return createPairCalculator(lennardJonesPotential(options), {
    name: 'lj',
    threads,
    recipe: { entry: new URL('./lennard-jones-worker.js', import.meta.url), options },
  });
}

/**
 * The Lennard-Jones potential u(r) = 4 epsilon ((sigma/r)^12 - (sigma/r)^6), the same for all elements, shifted by
 * -u(cutoff) or smoothed.
 *
 * @throws {LammError} `usage` for parameters that are not positive, an onset beyond the cutoff or without `smooth`.
 * @see Lennard-Jones, Proc. Phys. Soc. 43, 461 (1931).
 */
export function lennardJonesPotential({
  epsilon = 1,
  sigma = 1,
  cutoff = 3 * sigma,
  smooth = false,
  onset,
}: Omit<LennardJonesOptions, 'threads'>): PairPotential {
  for (const [name, value] of Object.entries({ epsilon, sigma, cutoff })) assertGreater(value, 0, `lj: ${name}`);
  if (onset !== undefined && !smooth) {
    throw new LammError('usage', 'lj: onset is for the smooth potential; add smooth=true or leave onset out', {
      quantity: 'onset',
    });
  }
  const parameters = { epsilon, sigma, cutoff };
  const evaluate = smooth ? smoothEnergy(parameters, onset ?? 0.66 * cutoff) : shiftedEnergy(parameters);
  return { cutoff, evaluate };
}

interface Parameters {
  readonly epsilon: number;
  readonly sigma: number;
  readonly cutoff: number;
}

function shiftedEnergy({ epsilon, sigma, cutoff }: Parameters): PairPotential['evaluate'] {
  const sigmaSquare = sigma * sigma;
  const sixthAtCutoff = (sigmaSquare / (cutoff * cutoff)) ** 3;
  const shift = 4 * epsilon * (sixthAtCutoff * sixthAtCutoff - sixthAtCutoff);
  return (square, result) => {
    const inverse = 1 / square;
    const ratio = sigmaSquare * inverse;
    const sixth = ratio * ratio * ratio;
    result[0] = 4 * epsilon * sixth * (sixth - 1) - shift;
    result[1] = -12 * epsilon * sixth * (2 * sixth - 1) * inverse;
  };
}

/**
 * u(r) f(r) with f = (c - s)^2 (c + 2 s - 3 o) / (c - o)^3 beyond the onset, where s = r^2, c = cutoff^2, o = onset^2.
 */
function smoothEnergy({ epsilon, sigma, cutoff }: Parameters, onset: number): PairPotential['evaluate'] {
  assertGreater(onset, 0, 'lj: onset');
  assertGreater(cutoff, onset, 'lj: cutoff');
  const sigmaSquare = sigma * sigma;
  const start = onset * onset;
  const end = cutoff * cutoff;
  const scale = 1 / (end - start) ** 3;
  return (square, result) => {
    const inverse = 1 / square;
    const ratio = sigmaSquare * inverse;
    const sixth = ratio * ratio * ratio;
    const energy = 4 * epsilon * sixth * (sixth - 1);
    const slope = -12 * epsilon * sixth * (2 * sixth - 1) * inverse;
    const rest = end - square;
    const inside = square < start;
    const factor = inside ? 1 : rest * rest * (end + 2 * square - 3 * start) * scale;
    const factorSlope = inside ? 0 : 6 * rest * (start - square) * scale;
    result[0] = energy * factor;
    result[1] = slope * factor + energy * factorSlope;
  };
}
