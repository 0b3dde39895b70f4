import type { Calculator } from '../../calculators/calculator.js';
import type { Random } from '../../src/random.js';
import { cellVolume } from '../../src/structure/cell.js';
import { fs, GPa, kB } from '../../src/units.js';
import type { Coupling } from '../settings.js';
import { pressureTensor } from '../state/pressure.js';
import { type MdState, updateForces } from '../state/state.js';
import { type BussiOptions, rescaleStochastically } from './bussi.js';
import { couple, deform } from './deform.js';
import { drift, kick } from './velocity-verlet.js';

export interface CellRescalingOptions extends BussiOptions {
  readonly pressureGPa: number;
  /**
   * Time in which the volume forgets, for a material of this compressibility; the distribution does not depend on
   * either.
   */
  readonly barostatTimeFs: number;
  readonly compressibilityPerGPa: number;
  readonly coupling: Coupling;
}

/**
 * Advances `state` by one step of stochastic cell rescaling with the Bussi thermostat: half kick, half drift, random
 * strain of the cell with all positions (and of the momenta by its inverse), half drift, new forces, half kick,
 * exchange of heat.
 *
 * With D = kB T compressibility/(3 V time) the strain of one step is, in a direction i, D (P_ii - P0) V dt/(kB T) +
 * sqrt(2 D dt) normal, the drift of D having cancelled the kB T/V of the paper; shears have D V P_ij dt/(kB T) + sqrt(D
 * dt) normal.  Alone, the volume obeys equation 5 of the paper. The work of the strain on the atoms is taken from the
 * mean of the stresses before and after.
 *
 * Mutates `state`, adding what the baths gave to `bathHeat`.  Up to six normal numbers are drawn for the cell.
 *
 * @throws {UnstableError} when an atom is lost, the cell changes too much, or the new energy or a force is not finite.
 * @see Bernetti and Bussi, J. Chem. Phys. 153, 114107 (2020); Del Tatto et al., Appl. Sci. 12, 1139 (2022) for full
 *   cells.
 */
export async function cellRescalingStep(
  state: MdState,
  calculator: Calculator,
  options: CellRescalingOptions,
): Promise<void> {
  const timestep = options.timestepFs * fs;
  const strain = randomStrain(state, options);
  const workBefore = workOf(strain, state);
  kick(state, timestep / 2);
  drift(state, timestep / 2);
  state.bathHeat += deform(state, strain);
  drift(state, timestep / 2);
  await updateForces(state, calculator);
  state.bathHeat += (workBefore + workOf(strain, state)) / 2;
  kick(state, timestep / 2);
  rescaleStochastically(state, options);
  state.step++;
}

function randomStrain(state: MdState, options: CellRescalingOptions): Float64Array {
  const { timestepFs, temperatureK, pressureGPa, barostatTimeFs, compressibilityPerGPa, coupling, random } = options;
  const mobility = ((compressibilityPerGPa / GPa) * (timestepFs / barostatTimeFs)) / 3; // D V dt / (kB T)
  const width = Math.sqrt((2 * mobility * kB * temperatureK) / cellVolume(state.cell));
  const strain = pressureTensor(state) ?? new Float64Array(6);
  for (let k = 0; k < 3; k++) strain[k] -= pressureGPa * GPa;
  couple(strain, coupling);
  const noise = randomTensor(coupling, random);
  for (let k = 0; k < 6; k++) strain[k] = mobility * strain[k] + width * noise[k];
  return strain;
}

// Normal numbers such that the sum of the squares of all nine elements has the variance of as many independent ones.
function randomTensor(coupling: Coupling, random: Random): Float64Array {
  const tensor = new Float64Array(6);
  if (coupling === 'isotropic') return tensor.fill(random.normal() / Math.sqrt(3), 0, 3);
  for (let k = 0; k < 3; k++) tensor[k] = random.normal();
  if (coupling === 'triclinic') for (let k = 3; k < 6; k++) tensor[k] = random.normal() / Math.SQRT2;
  return tensor;
}

// Change of the potential energy by the strain, to first order: V stress:strain.
function workOf(strain: Float64Array, { stress, cell }: MdState): number {
  if (!stress) return 0;
  let work = 0;
  for (let k = 0; k < 6; k++) work += (k < 3 ? 1 : 2) * stress[k] * strain[k];
  return cellVolume(cell) * work;
}
