import { assertGreater } from './assert-greater.js';
import type { Calculator } from './calculator.js';
import { createPairCalculator, type PairPotential } from './pair-potential.js';

/** Energies in eV, distances in A.  Without options: reduced units, epsilon = r0 = 1. */
export interface MorseOptions {
  /** Depth of the well. */
  readonly epsilon?: number;
  /** Exponent: width of the well in units of 1/r0. */
  readonly rho0?: number;
  /** Distance of lowest energy. */
  readonly r0?: number;
  /** Where the energy begins to be switched off: 1.9 r0 when absent. */
  readonly onset?: number;
  /** Where it has become zero: 2.7 r0 when absent. */
  readonly cutoff?: number;
  /** Threads for large systems, see `SiteCalculatorOptions`. */
  readonly threads?: number;
}

/** Creates the calculator of `morsePotential`, with which it throws. */
export function createMorse({ threads, ...options }: MorseOptions = {}): Calculator {
  return createPairCalculator(morsePotential(options), {
    name: 'morse',
    threads,
    recipe: { entry: new URL('./morse-worker.js', import.meta.url), options },
  });
}

/**
 * The Morse potential u(r) = epsilon x (x - 2), x = exp(rho0 (1 - r/r0)), the same for all elements,
 * multiplied by 6 s^5 - 15 s^4 + 10 s^3, s = (cutoff - r)/(cutoff - onset), beyond the onset.
 *
 * @throws {LammError} `usage` for parameters that are not positive or an onset beyond the cutoff.
 * @see Morse, Phys. Rev. 34, 57 (1929).
 */
export function morsePotential({
  epsilon = 1,
  rho0 = 6,
  r0 = 1,
  onset = 1.9 * r0,
  cutoff = 2.7 * r0,
}: Omit<MorseOptions, 'threads'>): PairPotential {
  for (const [name, value] of Object.entries({ epsilon, rho0, r0, onset })) assertGreater(value, 0, `morse: ${name}`);
  assertGreater(cutoff, onset, 'morse: cutoff');
  const steepness = rho0 / r0;
  const width = cutoff - onset;

  function evaluate(square: number, result: Float64Array): void {
    const r = Math.sqrt(square);
    const x = Math.exp(rho0 - steepness * r);
    const energy = epsilon * x * (x - 2);
    const derivative = -2 * epsilon * steepness * x * (x - 1);
    const s = Math.min(1, (cutoff - r) / width);
    const factor = s * s * s * (s * (6 * s - 15) + 10);
    const factorSlope = (-30 * s * s * (1 - s) * (1 - s)) / width;
    result[0] = energy * factor;
    result[1] = (derivative * factor + energy * factorSlope) / (2 * r);
  }

  return { cutoff, evaluate };
}
