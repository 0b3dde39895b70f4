import type { Calculator } from '../calculators/calculator.js';
import type { Matrix3 } from '../src/linalg/matrix3.js';
import { cellVolume, multiplyRows } from '../src/structure/cell.js';
import { fs, GPa, kB } from '../src/units.js';
import { assertSmall, couple, functionsOf } from './deform.js';
import {
  advanceChain,
  atomBath,
  type ChainBath,
  chainEnergy,
  type NoseHooverOptions,
  scaleByChain,
} from './nose-hoover.js';
import type { Coupling } from './options.js';
import { kineticTensor, pressureTensor } from './pressure.js';
import { longestMove, lostAtom } from './stability.js';
import { type MdState, updateForces } from './state.js';

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
  const half = { ...options, time: timestep / 2 };
  const kineticBefore = kineticTensor(state);
  const factor = driveChains(state, baths, { ...half, kinetic: kineticBefore });
  pushCell(state, baths, { ...half, kinetic: kineticBefore.map((value) => factor ** 2 * value) });
  kickInMovingCell(state, timestep / 2);
  driftInMovingCell(state, timestep);
  await updateForces(state, calculator);
  kickInMovingCell(state, timestep / 2);
  const kinetic = kineticTensor(state);
  pushCell(state, baths, { ...half, kinetic });
  driveChains(state, baths, { ...half, kinetic });
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

/** What acts for `time` on a system of this kinetic tensor in eV, [6]. */
interface HalfStep {
  readonly time: number;
  readonly kinetic: Float64Array;
  readonly pressureGPa: number;
}

// Returns the factor of the momenta.
function driveChains(state: MdState, baths: Baths, { time, kinetic }: HalfStep): number {
  const { cellRate } = state;
  for (let k = 0; k < cellFreedom[baths.coupling]; k++) {
    const twiceKinetic = twiceKineticOf(k, state, baths);
    cellRate[k] *= advanceChain(cellChain(state, k), baths.cell, { twiceKinetic, time });
  }
  if (baths.coupling === 'isotropic') cellRate.fill(cellRate[0], 1, 3);
  return scaleByChain(state, baths.atoms, { twiceKinetic: kinetic[0] + kinetic[1] + kinetic[2], time });
}

function cellChain({ cellChains, chain }: MdState, k: number): Float64Array {
  return cellChains.subarray(k * chain.length, (k + 1) * chain.length);
}

function pushCell(state: MdState, { inertia, coupling }: Baths, { pressureGPa, time, kinetic }: HalfStep): void {
  const force = pressureTensor(state, kinetic);
  if (!force) return;
  const volume = cellVolume(state.cell);
  const kineticPart = (kinetic[0] + kinetic[1] + kinetic[2]) / state.freedomCount;
  for (let k = 0; k < 6; k++) force[k] = volume * force[k] + (k < 3 ? kineticPart - volume * pressureGPa * GPa : 0);
  couple(force, coupling);
  for (let k = 0; k < 6; k++) state.cellRate[k] += (force[k] * time) / inertia;
}

// p -> p e^{-a t} + F t e^{-a t/2} sinhc(a t/2) along each axis of the cell's rate, a = rate + tr rate/f: exact for constant forces.
function kickInMovingCell({ momenta, forces, cellRate, freedomCount }: MdState, time: number): void {
  const common = (cellRate[0] + cellRate[1] + cellRate[2]) / freedomCount;
  const [keep, push] = functionsOf(cellRate, [
    (rate) => Math.exp(-(rate + common) * time),
    (rate) => time * decayMean((rate + common) * time),
  ]);
  for (let i = 0; i < momenta.length; i += 3)
    transformRow(momenta, keep, { place: i, vectors: forces, push, scale: 1 });
}

// r -> r e^{v t} + p/m t e^{v t/2} sinhc(v t/2), h -> h e^{v t}: exact for constant momenta.
function driftInMovingCell(state: MdState, time: number): void {
  const { positions, momenta, masses, cell, cellRate, step } = state;
  assertSmall(
    cellRate.map((rate) => rate * time),
    step,
  );
  const [stretch, move] = functionsOf(cellRate, [
    (rate) => Math.exp(rate * time),
    (rate) => time * decayMean(-rate * time),
  ]);
  assertMovesShort(state, time);
  for (let i = 0; i < positions.length; i += 3) {
    transformRow(positions, stretch, { place: i, vectors: momenta, push: move, scale: 1 / masses[i / 3] });
  }
  multiplyRows(cell, stretch, cell);
}

function assertMovesShort({ momenta, masses, step }: MdState, time: number): void {
  for (let i = 0; i < momenta.length; i++) {
    const move = (momenta[i] * time) / masses[(i / 3) | 0];
    if (!(Math.abs(move) <= longestMove)) throw lostAtom((i / 3) | 0, move, step);
  }
}

interface Push {
  /** Place of the row in its array. */
  readonly place: number;
  readonly vectors: Float64Array;
  readonly push: Matrix3;
  readonly scale: number;
}

// row -> row keep + scale vector push.
function transformRow(rows: Float64Array, keep: Matrix3, { place, vectors, push, scale }: Push): void {
  const x = rows[place];
  const y = rows[place + 1];
  const z = rows[place + 2];
  const u = vectors[place] * scale;
  const v = vectors[place + 1] * scale;
  const w = vectors[place + 2] * scale;
  rows[place] = x * keep[0] + y * keep[3] + z * keep[6] + u * push[0] + v * push[3] + w * push[6];
  rows[place + 1] = x * keep[1] + y * keep[4] + z * keep[7] + u * push[1] + v * push[4] + w * push[7];
  rows[place + 2] = x * keep[2] + y * keep[5] + z * keep[8] + u * push[2] + v * push[5] + w * push[8];
}

// Mean of e^{-x s} over s from 0 to 1: e^{-x/2} sinh(x/2)/(x/2).
function decayMean(x: number): number {
  return x === 0 ? 1 : -Math.expm1(-x) / x;
}
