import type { Random } from '../../src/random.js';
import { chiSquared } from '../../src/statistics/chi-squared.js';
import { kB } from '../../src/units.js';
import { kineticEnergy, type MdState } from '../state/state.js';
import { constantEnergyStep, type SteppedCalculator } from './respa.js';

export interface BussiOptions {
  readonly timestepFs: number;
  readonly innerSteps?: number;
  /** Temperature of the bath. */
  readonly temperatureK: number;
  /** Time in which the kinetic energy forgets. */
  readonly thermostatTimeFs: number;
  readonly random: Random;
}

/**
 * Advances `state` by one step of stochastic velocity rescaling: a step at constant energy, then all momenta times one
 * random factor.
 *
 * Mutates `state`, adding the heat that the bath gave to `bathHeat`.
 *
 * @throws {UnstableError} when an atom is lost, or the new energy or a force is not finite.
 * @see Bussi, Donadio and Parrinello, J. Chem. Phys. 126, 014101 (2007).
 */
export async function bussiStep(state: MdState, calculator: SteppedCalculator, options: BussiOptions): Promise<void> {
  await constantEnergyStep(state, calculator, options);
  rescaleStochastically(state, options);
}

/**
 * Exchanges kinetic energy with the bath for one time step: its exact canonical dynamics, equation A7 of the paper, A8
 * for the sign.
 */
export function rescaleStochastically(
  state: MdState,
  { timestepFs, temperatureK, thermostatTimeFs, random }: BussiOptions,
): void {
  const { momenta, freedomCount } = state;
  const kinetic = kineticEnergy(state);
  if (kinetic === 0 || freedomCount === 0) return; // nothing to scale
  const keep = Math.exp(-timestepFs / thermostatTimeFs);
  const share = ((1 - keep) * (0.5 * kB * temperatureK)) / kinetic; // (1 - c) of the mean energy of one coordinate, over K
  const along = random.normal();
  const others = chiSquared(freedomCount - 1, random);
  const square = keep + share * (along * along + others) + 2 * along * Math.sqrt(keep * share);
  const sign = along + Math.sqrt(keep / share) < 0 ? -1 : 1;
  const factor = sign * Math.sqrt(square);
  for (let i = 0; i < momenta.length; i++) momenta[i] *= factor;
  state.bathHeat += kinetic * (square - 1);
}
