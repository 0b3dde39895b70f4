import { fs, kB } from '../../src/units.js';
import { kineticEnergy, type MdState } from '../state/state.js';
import { constantEnergyStep, type SteppedCalculator } from './respa.js';

export interface NoseHooverOptions {
  readonly timestepFs: number;
  readonly innerSteps?: number;
  /** Temperature of the bath. */
  readonly temperatureK: number;
  /** Temperature that the inertia of the chain is made for: constant, also when the bath follows a ramp. */
  readonly inertiaTemperatureK: number;
  /** Period scale of the chain. */
  readonly thermostatTimeFs: number;
}

/** What a chain keeps warm, and how. */
export interface ChainBath {
  /** Coordinates whose kinetic energy the chain controls. */
  readonly freedomCount: number;
  /** kB T of the bath in eV. */
  readonly thermal: number;
  /** Inertia of the first link and of each other link, in eV (A sqrt(amu/eV))^2. */
  readonly firstInertia: number;
  readonly inertia: number;
}

/**
 * Advances `state` by one step with a Nose-Hoover chain: half a step of the chain, a step at constant energy, half a
 * step of the chain.
 *
 * Mutates `state`; `bathHeat` falls by what the energy of the chain grows, so that the conserved energy is that of the
 * extended system.
 *
 * @throws {UnstableError} when an atom is lost, or the new energy or a force is not finite.
 * @see Martyna, Tuckerman, Tobias and Klein, Mol. Phys. 87, 1117 (1996).
 */
export async function noseHooverStep(
  state: MdState,
  calculator: SteppedCalculator,
  options: NoseHooverOptions,
): Promise<void> {
  const bath = atomBath(state, options);
  const before = chainEnergy(state.chain, bath);
  const time = (options.timestepFs * fs) / 2;
  scaleByChain(state, bath, { twiceKinetic: 2 * kineticEnergy(state), time });
  await constantEnergyStep(state, calculator, options);
  scaleByChain(state, bath, { twiceKinetic: 2 * kineticEnergy(state), time });
  state.bathHeat -= chainEnergy(state.chain, bath) - before;
}

/** The chain of all atoms. */
export function atomBath(
  { freedomCount }: MdState,
  { temperatureK, inertiaTemperatureK, thermostatTimeFs }: Omit<NoseHooverOptions, 'timestepFs'>,
): ChainBath {
  const inertia = kB * inertiaTemperatureK * (thermostatTimeFs * fs) ** 2;
  return { freedomCount, thermal: kB * temperatureK, firstInertia: freedomCount * inertia, inertia };
}

/**
 * Lets the chain act on momenta of `twiceKinetic` (eV) for `time` in A sqrt(amu/eV); returns the factor of the momenta.
 */
export function scaleByChain(
  { momenta, chain }: MdState,
  bath: ChainBath,
  { twiceKinetic, time }: { readonly twiceKinetic: number; readonly time: number },
): number {
  if (bath.freedomCount === 0) return 1;
  const factor = advanceChain(chain, bath, { twiceKinetic, time });
  for (let i = 0; i < momenta.length; i++) momenta[i] *= factor;
  return factor;
}

// Weights of the fourth-order splitting of Suzuki and Yoshida; they add up to 1.
const outerWeight = 1 / (2 - 2 ** (1 / 3));
const weights = [outerWeight, 1 - 2 * outerWeight, outerWeight];

/**
 * Advances a chain for `time` and returns the factor by which it scales the velocities that it controls.
 *
 * Shape: `chain` holds the velocity of each link, then the work in eV that moved the links against kB T, [M + 1].
 * `twiceKinetic` is sum p^2/m in eV.  Mutates `chain`.
 */
export function advanceChain(
  chain: Float64Array,
  bath: ChainBath,
  { twiceKinetic, time }: { twiceKinetic: number; time: number },
): number {
  const last = chain.length - 2;
  let scale = 1;
  for (const weight of weights) {
    const part = weight * time;
    for (let link = last; link >= 0; link--)
      pushLink(chain, bath, { link, time: part / 2, twiceKinetic: scale ** 2 * twiceKinetic });
    scale *= Math.exp(-chain[0] * part);
    chain[last + 1] += part * bath.thermal * (bath.freedomCount * chain[0] + sumOfOthers(chain));
    for (let link = 0; link <= last; link++)
      pushLink(chain, bath, { link, time: part / 2, twiceKinetic: scale ** 2 * twiceKinetic });
  }
  return scale;
}

/** Energy of a chain in eV: its kinetic energy and the work that moved it. */
export function chainEnergy(chain: Float64Array, { firstInertia, inertia }: ChainBath): number {
  let energy = chain[chain.length - 1];
  for (let link = 0; link < chain.length - 1; link++) {
    energy += 0.5 * (link === 0 ? firstInertia : inertia) * chain[link] ** 2;
  }
  return energy;
}

// One link for `time`, between two halves of the friction of the next link.
function pushLink(
  chain: Float64Array,
  { freedomCount, thermal, firstInertia, inertia }: ChainBath,
  { link, time, twiceKinetic }: { link: number; time: number; twiceKinetic: number },
): void {
  const isLast = link === chain.length - 2;
  const friction = isLast ? 1 : Math.exp((-chain[link + 1] * time) / 2);
  const force =
    link === 0
      ? (twiceKinetic - freedomCount * thermal) / firstInertia
      : ((link === 1 ? firstInertia : inertia) * chain[link - 1] ** 2 - thermal) / inertia;
  chain[link] = (chain[link] * friction + force * time) * friction;
}

function sumOfOthers(chain: Float64Array): number {
  let sum = 0;
  for (let link = 1; link < chain.length - 1; link++) sum += chain[link];
  return sum;
}
