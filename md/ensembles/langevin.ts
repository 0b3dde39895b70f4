import type { Calculator } from '../../calculators/calculator.js';
import type { Random } from '../../src/random.js';
import { fs, kB } from '../../src/units.js';
import { type MdState, restrainMomenta, updateForces } from '../state/state.js';
import { drift, kick } from './velocity-verlet.js';

export interface LangevinOptions {
  readonly timestepFs: number;
  /** Temperature of the bath. */
  readonly temperatureK: number;
  /** Rate at which the bath takes momentum away, in 1/fs. */
  readonly frictionPerFs: number;
  readonly random: Random;
}

/**
 * Advances `state` by one Langevin step of the BAOAB splitting: half kick, half drift, exact Ornstein-Uhlenbeck
 * exchange of momentum with the bath, half drift, new forces, half kick.
 *
 * Mutates `state`, adding the heat that the bath gave to `bathHeat`; one normal number is drawn for each free
 * coordinate.
 *
 * @throws {UnstableError} when an atom is lost, or the new energy or a force is not finite.
 * @see Leimkuhler and Matthews, Appl. Math. Res. eXpress 2013, 34 (2013).
 */
export async function langevinStep(state: MdState, calculator: Calculator, options: LangevinOptions): Promise<void> {
  const timestep = options.timestepFs * fs;
  kick(state, timestep / 2);
  drift(state, timestep / 2);
  exchangeWithBath(state, options);
  drift(state, timestep / 2);
  await updateForces(state, calculator);
  kick(state, timestep / 2);
  state.step++;
}

// The exact solution of dp = -friction p dt + noise over one step: p -> c p + sqrt((1 - c^2) m kB T) * normal, c =
// exp(-friction dt).
function exchangeWithBath(state: MdState, { timestepFs, temperatureK, frictionPerFs, random }: LangevinOptions): void {
  const { momenta, masses, fixed } = state;
  const keep = Math.exp(-frictionPerFs * timestepFs);
  const noise = Math.sqrt(-Math.expm1(-2 * frictionPerFs * timestepFs) * kB * temperatureK);
  let heat = 0;
  for (let atom = 0; atom < masses.length; atom++) {
    const width = noise * Math.sqrt(masses[atom]);
    let change = 0;
    for (let i = 3 * atom; i < 3 * atom + 3; i++) {
      if (fixed[i]) continue;
      const before = momenta[i];
      const after = keep * before + width * random.normal();
      momenta[i] = after;
      change += (after - before) * (after + before);
    }
    heat += change / (2 * masses[atom]);
  }
  state.bathHeat += heat + restrainMomenta(state);
}
