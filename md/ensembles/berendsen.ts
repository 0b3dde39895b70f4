import type { Calculator } from '../../calculators/calculator.js';
import { symmetricMatrix } from '../../src/linalg/voigt.js';
import { multiplyRows } from '../../src/structure/cell.js';
import { fs, GPa } from '../../src/units.js';
import type { Coupling } from '../settings.js';
import { applyRestraint } from '../state/constraints.js';
import { pressureTensor } from '../state/pressure.js';
import { kineticEnergy, type MdState, temperature, updateForces } from '../state/state.js';
import { assertSmall, couple } from './deform.js';
import { drift, kick } from './velocity-verlet.js';

export interface BerendsenOptions {
  readonly timestepFs: number;
  /** Temperature of the bath. */
  readonly temperatureK: number;
  /** Time in which the temperature comes to that of the bath. */
  readonly thermostatTimeFs: number;
  /** Whether the mean momentum is taken from the atoms at each step; it is unless this is `free`. */
  readonly centerOfMass?: 'fixed' | 'free';
}

export interface BerendsenPressureOptions extends BerendsenOptions {
  readonly pressureGPa: number;
  /** Time in which the pressure comes to that of the bath, for a material of this compressibility. */
  readonly barostatTimeFs: number;
  readonly compressibilityPerGPa: number;
  readonly coupling: Coupling;
}

/**
 * Advances `state` by one step with the weak thermostat of Berendsen: momenta scaled towards the temperature, then a
 * Verlet step.
 *
 * Good for coming to a temperature; the kinetic energy fluctuates too little.  Mutates `state`, adding what the bath
 * gave to `bathHeat`.
 *
 * @throws {UnstableError} when an atom is lost, or the new energy or a force is not finite.
 * @see Berendsen et al., J. Chem. Phys. 81, 3684 (1984).
 */
export async function berendsenStep(state: MdState, calculator: Calculator, options: BerendsenOptions): Promise<void> {
  scaleMomenta(state, options);
  await steadiedVerletStep(state, calculator, options);
}

/**
 * Advances `state` by one step with the weak thermostat and the weak barostat of Berendsen: momenta and cell are scaled
 * towards temperature and pressure, the forces are evaluated once more there, and a Verlet step follows.  Mutates
 * `state`.
 *
 * @throws {UnstableError} when an atom is lost, the cell changes too much, or the new energy or a force is not finite.
 */
export async function berendsenPressureStep(
  state: MdState,
  calculator: Calculator,
  options: BerendsenPressureOptions,
): Promise<void> {
  scaleMomenta(state, options);
  scaleCell(state, options);
  const before = state.potentialEnergy;
  await updateForces(state, calculator);
  state.bathHeat += state.potentialEnergy - before;
  await steadiedVerletStep(state, calculator, options);
}

// p -> p sqrt(1 + (T0/T - 1) dt/tau), by at most a tenth.
function scaleMomenta(state: MdState, { timestepFs, temperatureK, thermostatTimeFs }: BerendsenOptions): void {
  const now = temperature(state);
  if (now === 0) return; // no momenta to scale
  const square = 1 + (temperatureK / now - 1) * (timestepFs / thermostatTimeFs);
  const factor = Math.min(Math.max(Math.sqrt(Math.max(square, 0)), 0.9), 1.1);
  const before = kineticEnergy(state);
  for (let i = 0; i < state.momenta.length; i++) state.momenta[i] *= factor;
  state.bathHeat += kineticEnergy(state) - before;
}

// h -> h (1 - dt/tau compressibility/3 (P0 - P)), the atoms with it.
function scaleCell(state: MdState, options: BerendsenPressureOptions): void {
  const { timestepFs, pressureGPa, barostatTimeFs, compressibilityPerGPa, coupling } = options;
  const strain = pressureTensor(state);
  if (!strain) return;
  for (let k = 0; k < 3; k++) strain[k] -= pressureGPa * GPa;
  couple(strain, coupling);
  const rate = ((timestepFs / barostatTimeFs) * (compressibilityPerGPa / GPa)) / 3;
  for (let k = 0; k < 6; k++) strain[k] *= rate;
  assertSmall(strain, state.step);
  const stretch = symmetricMatrix(strain);
  for (const diagonal of [0, 4, 8]) stretch[diagonal] += 1;
  multiplyRows(state.positions, stretch, state.positions);
  multiplyRows(state.cell, stretch, state.cell);
}

// A Verlet step that takes the mean momentum, the same for each atom whatever its mass, from the atoms between kick and
// drift.
async function steadiedVerletStep(
  state: MdState,
  calculator: Calculator,
  { timestepFs, centerOfMass }: BerendsenOptions,
): Promise<void> {
  const timestep = timestepFs * fs;
  kick(state, timestep / 2);
  if (centerOfMass !== 'free') removeMeanMomentum(state);
  drift(state, timestep);
  await updateForces(state, calculator);
  kick(state, timestep / 2);
  state.step++;
}

function removeMeanMomentum(state: MdState): void {
  const { momenta, masses } = state;
  const before = kineticEnergy(state);
  for (let axis = 0; axis < 3; axis++) {
    let sum = 0;
    for (let i = axis; i < momenta.length; i += 3) sum += momenta[i];
    for (let i = axis; i < momenta.length; i += 3) momenta[i] -= sum / masses.length;
  }
  applyRestraint(state, momenta, masses);
  state.bathHeat += kineticEnergy(state) - before;
}
