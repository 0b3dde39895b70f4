import type { Calculator } from '../calculators/calculator.js';
import type { Matrix3 } from '../src/linalg/matrix3.js';
import { cellVolume, multiplyRows } from '../src/structure/cell.js';
import { fs, GPa, kB } from '../src/units.js';
import { assertSmall, couple, functionOf } from './deform.js';
import {
  advanceChain,
  atomBath,
  type ChainBath,
  chainEnergy,
  type NoseHooverOptions,
  scaleByChain,
} from './nose-hoover.js';
import type { Coupling } from './options.js';
import { pressureTensor } from './pressure.js';
import { longestMove, lostAtom } from './stability.js';
import { kineticEnergy, type MdState, updateForces } from './state.js';

export interface MtkOptions extends NoseHooverOptions {
  readonly pressureGPa: number;
  /** Period scale of the cell. */
  readonly barostatTimeFs: number;
  readonly coupling: Coupling;
}

/** Independent rates of the cell, the first of six. */
const cellFreedom: Readonly<Record<Coupling, number>> = { isotropic: 1, anisotropic: 3, triclinic: 6 };

/**
 * Advances `state` by one step at constant pressure: the cell is a heavy particle driven by the difference of pressures; the atoms
 * have a Nose-Hoover chain, and each independent rate of the cell has one, since the cell's motions hardly exchange energy among themselves.
 * The rate v is symmetric, so that the cell does not turn.
 *
 * dr/dt = p/m + r v;  dp/dt = F - p (v + tr v/f);  dh/dt = h v;  W dv/dt = V (P - P0) + (sum p^2/m)/f, of which the coupling keeps its part;
 * W = (f + 3) kB T time^2/3 with f the coordinates that may move.  Mutates `state`; `bathHeat` falls by what the energy of chains and cell grows and by P0 dV.
 *
 * @throws {UnstableError} when an atom is lost, the cell changes too much, or the new energy or a force is not finite.
 * @see Martyna, Tobias and Klein, J. Chem. Phys. 101, 4177 (1994); Tuckerman et al., J. Phys. A 39, 5629 (2006), section 5.
 */
export async function mtkStep(state: MdState, calculator: Calculator, options: MtkOptions): Promise<void> {
  const timestep = options.timestepFs * fs;
  const baths = bathsOf(state, options);
  const before = extendedEnergy(state, baths);
  const volumeBefore = cellVolume(state.cell);
  driveChains(state, baths, timestep / 2);
  pushCell(state, baths, { ...options, time: timestep / 2 });
  kickInMovingCell(state, timestep / 2);
  driftInMovingCell(state, timestep);
  await updateForces(state, calculator);
  kickInMovingCell(state, timestep / 2);
  pushCell(state, baths, { ...options, time: timestep / 2 });
  driveChains(state, baths, timestep / 2);
  const pressureWork = options.pressureGPa * GPa * (cellVolume(state.cell) - volumeBefore);
  state.bathHeat -= extendedEnergy(state, baths) - before + pressureWork;
  state.step++;
}

interface Baths {
  readonly atoms: ChainBath;
  readonly cell: ChainBath;
  /** Inertia W of the cell in eV (A sqrt(amu/eV))^2. */
  readonly inertia: number;
  readonly coupling: Coupling;
}

function bathsOf(state: MdState, options: MtkOptions): Baths {
  const atoms = atomBath(state, options);
  const inertia =
    ((state.freedomCount + 3) / 3) * kB * options.inertiaTemperatureK * (options.barostatTimeFs * fs) ** 2;
  return {
    atoms,
    cell: { ...atoms, freedomCount: 1, firstInertia: atoms.inertia },
    inertia,
    coupling: options.coupling,
  };
}

// Twice the kinetic energy of one independent rate: an isotropic one stands for three, a shear for two elements of the matrix.
function twiceKineticOf(k: number, { cellRate }: MdState, { inertia, coupling }: Baths): number {
  const elements = k > 2 ? 2 : coupling === 'isotropic' ? 3 : 1;
  return elements * inertia * cellRate[k] ** 2;
}

function extendedEnergy(state: MdState, baths: Baths): number {
  let energy = chainEnergy(state.chain, baths.atoms);
  for (let k = 0; k < cellFreedom[baths.coupling]; k++) {
    energy += chainEnergy(cellChain(state, k), baths.cell) + twiceKineticOf(k, state, baths) / 2;
  }
  return energy;
}

function driveChains(state: MdState, baths: Baths, time: number): void {
  const { cellRate } = state;
  for (let k = 0; k < cellFreedom[baths.coupling]; k++) {
    const twiceKinetic = twiceKineticOf(k, state, baths);
    cellRate[k] *= advanceChain(cellChain(state, k), baths.cell, { twiceKinetic, time });
  }
  if (baths.coupling === 'isotropic') cellRate.fill(cellRate[0], 1, 3);
  scaleByChain(state, baths.atoms, time);
}

function cellChain({ cellChains, chain }: MdState, k: number): Float64Array {
  return cellChains.subarray(k * chain.length, (k + 1) * chain.length);
}

function pushCell(
  state: MdState,
  { inertia, coupling }: Baths,
  { pressureGPa, time }: { pressureGPa: number; time: number },
): void {
  const force = pressureTensor(state);
  if (!force) return;
  const volume = cellVolume(state.cell);
  const kineticPart = (2 * kineticEnergy(state)) / state.freedomCount;
  for (let k = 0; k < 6; k++) force[k] = volume * force[k] + (k < 3 ? kineticPart - volume * pressureGPa * GPa : 0);
  couple(force, coupling);
  for (let k = 0; k < 6; k++) state.cellRate[k] += (force[k] * time) / inertia;
}

// p -> p e^{-a t} + F t e^{-a t/2} sinhc(a t/2) along each axis of the cell's rate, a = rate + tr rate/f: exact for constant forces.
function kickInMovingCell({ momenta, forces, cellRate, freedomCount }: MdState, time: number): void {
  const common = (cellRate[0] + cellRate[1] + cellRate[2]) / freedomCount;
  const keep = functionOf(cellRate, (rate) => Math.exp(-(rate + common) * time));
  const push = functionOf(cellRate, (rate) => time * decayMean((rate + common) * time));
  multiplyRows(momenta, keep, momenta);
  addRows(momenta, forces, push);
}

// r -> r e^{v t} + p/m t e^{v t/2} sinhc(v t/2), h -> h e^{v t}: exact for constant momenta.
function driftInMovingCell(state: MdState, time: number): void {
  const { positions, momenta, masses, cell, cellRate, step } = state;
  assertSmall(
    cellRate.map((rate) => rate * time),
    step,
  );
  const stretch = functionOf(cellRate, (rate) => Math.exp(rate * time));
  const move = functionOf(cellRate, (rate) => time * decayMean(-rate * time));
  assertMovesShort(state, time);
  multiplyRows(positions, stretch, positions);
  addRows(positions, momenta, move, masses);
  multiplyRows(cell, stretch, cell);
}

function assertMovesShort({ momenta, masses, step }: MdState, time: number): void {
  for (let i = 0; i < momenta.length; i++) {
    const move = (momenta[i] * time) / masses[(i / 3) | 0];
    if (!(Math.abs(move) <= longestMove)) throw lostAtom((i / 3) | 0, move, step);
  }
}

// rows -> rows + vectors matrix, each vector divided by the mass of its atom if there are masses.
function addRows(rows: Float64Array, vectors: Float64Array, matrix: Matrix3, masses?: Float64Array): void {
  for (let i = 0; i < rows.length; i += 3) {
    const scale = masses ? 1 / masses[i / 3] : 1;
    const x = vectors[i] * scale;
    const y = vectors[i + 1] * scale;
    const z = vectors[i + 2] * scale;
    rows[i] += x * matrix[0] + y * matrix[3] + z * matrix[6];
    rows[i + 1] += x * matrix[1] + y * matrix[4] + z * matrix[7];
    rows[i + 2] += x * matrix[2] + y * matrix[5] + z * matrix[8];
  }
}

// Mean of e^{-x s} over s from 0 to 1: e^{-x/2} sinh(x/2)/(x/2).
function decayMean(x: number): number {
  return x === 0 ? 1 : -Math.expm1(-x) / x;
}
