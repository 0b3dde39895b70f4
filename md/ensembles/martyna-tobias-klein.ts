import type { Calculator } from '../../calculators/calculator.js';
import type { Matrix3 } from '../../src/linalg/matrix3.js';
import { cellVolume, multiplyRows } from '../../src/structure/cell.js';
import { fs, GPa, kB } from '../../src/units.js';
import type { Coupling } from '../settings.js';
import { kineticTensor, pressureTensor } from '../state/pressure.js';
import { isShort, lostAtom } from '../state/stability.js';
import { type MdState, updateForces } from '../state/state.js';
import { assertSmall, couple, functionsOf } from './deform.js';
import {
  advanceChain,
  atomBath,
  type ChainBath,
  chainEnergy,
  type NoseHooverOptions,
  scaleByChain,
} from './nose-hoover.js';

export interface MtkOptions extends NoseHooverOptions {
  readonly pressureGPa: number;
  /** Period scale of the cell. */
  readonly barostatTimeFs: number;
  readonly coupling: Coupling;
}

/** Independent rates of the cell, the first of six. */
const cellFreedom: Readonly<Record<Coupling, number>> = { isotropic: 1, anisotropic: 3, triclinic: 6 };

/**
 * Advances `state` by one step at constant pressure: the cell is a heavy particle driven by the difference of
 * pressures; the atoms have a Nose-Hoover chain, and each independent rate of the cell has one, since the cell's
 * motions hardly exchange energy among themselves. The rate v is symmetric, so that the cell does not turn.
 *
 * dr/dt = p/m + r v;  dp/dt = F - p (v + tr v/f);  dh/dt = h v;  W dv/dt = V (P - P0) + (sum p^2/m)/f, of which the
 * coupling keeps its part; W = (f + 3) kB T time^2/3 with f the coordinates that may move.  Mutates `state`; `bathHeat`
 * falls by what the energy of chains and cell grows and by P0 dV.
 *
 * @throws {UnstableError} when an atom is lost, the cell changes too much, or the new energy or a force is not finite.
 * @see Martyna, Tobias and Klein, J. Chem. Phys. 101, 4177 (1994); Tuckerman et al., J. Phys. A 39, 5629 (2006),
 *   section 5.
 */
export async function mtkStep(state: MdState, calculator: Calculator, options: MtkOptions): Promise<void> {
  const timestep = options.timestepFs * fs;
  const baths = bathsOf(state, options);
  const before = extendedEnergy(state, baths);
  const volumeBefore = cellVolume(state.cell);
  const half = { time: timestep / 2, pressureGPa: options.pressureGPa };
  const kineticBefore = kineticTensor(state);
  const factor = driveChains(state, baths, { ...half, kinetic: kineticBefore });
  pushCell(state, baths, { ...half, kinetic: kineticBefore.map((value) => factor ** 2 * value) });
  const flow = flowOf(state, timestep);
  kickInMovingCell(state, flow);
  driftInMovingCell(state, flow);
  await updateForces(state, calculator);
  kickInMovingCell(state, flow);
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
  /** Chain of each independent rate of the cell; views into the state. */
  readonly cellChains: readonly Float64Array[];
  /** Inertia W of the cell in eV (A sqrt(amu/eV))^2. */
  readonly inertia: number;
  readonly coupling: Coupling;
}

function bathsOf(state: MdState, options: MtkOptions): Baths {
  const atoms = atomBath(state, options);
  const inertia =
    ((state.freedomCount + 3) / 3) * kB * options.inertiaTemperatureK * (options.barostatTimeFs * fs) ** 2;
  const { cellChains, chain } = state;
  const chainOf = (k: number) => cellChains.subarray(k * chain.length, (k + 1) * chain.length);
  return {
    atoms,
    cellChains: Array.from({ length: cellFreedom[options.coupling] }, (_, k) => chainOf(k)),
    cell: { ...atoms, freedomCount: 1, firstInertia: atoms.inertia },
    inertia,
    coupling: options.coupling,
  };
}

// Twice the kinetic energy of one independent rate: an isotropic one stands for three, a shear for two elements of the
// matrix.
function twiceKineticOf(k: number, { cellRate }: MdState, { inertia, coupling }: Baths): number {
  const elements = k > 2 ? 2 : coupling === 'isotropic' ? 3 : 1;
  return elements * inertia * cellRate[k] ** 2;
}

function extendedEnergy(state: MdState, baths: Baths): number {
  let energy = chainEnergy(state.chain, baths.atoms);
  for (const [k, chain] of baths.cellChains.entries()) {
    energy += chainEnergy(chain, baths.cell) + twiceKineticOf(k, state, baths) / 2;
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
  for (const [k, chain] of baths.cellChains.entries()) {
    const twiceKinetic = twiceKineticOf(k, state, baths);
    cellRate[k] *= advanceChain(chain, baths.cell, { twiceKinetic, time });
  }
  if (baths.coupling === 'isotropic') cellRate.fill(cellRate[0], 1, 3);
  return scaleByChain(state, baths.atoms, { twiceKinetic: kinetic[0] + kinetic[1] + kinetic[2], time });
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

/** What happens to vectors in half a step of kicks and a step of drift while the rate of the cell is constant. */
interface Flow {
  /** Time of the drift in A sqrt(amu/eV). */
  readonly timestep: number;
  readonly keep: Matrix3;
  readonly push: Matrix3;
  readonly stretch: Matrix3;
  readonly move: Matrix3;
}

// Along each axis of the rate v, with a = v + tr v/f and t half of the step: p -> p e^{-a t} + F t e^{-a t/2} sinhc(a
// t/2), and with t the whole step: r -> r e^{v t} + p/m t e^{v t/2} sinhc(v t/2); exact for constant forces, and for
// constant momenta.
function flowOf({ cellRate, freedomCount }: MdState, timestep: number): Flow {
  const common = (cellRate[0] + cellRate[1] + cellRate[2]) / freedomCount;
  const half = timestep / 2;
  const [keep, push, stretch, move] = functionsOf(cellRate, [
    (rate) => Math.exp(-(rate + common) * half),
    (rate) => half * decayMean((rate + common) * half),
    (rate) => Math.exp(rate * timestep),
    (rate) => timestep * decayMean(-rate * timestep),
  ]);
  return { timestep, keep, push, stretch, move };
}

function kickInMovingCell({ momenta, forces }: MdState, { keep, push }: Flow): void {
  const { xx, yy, zz, yz, xz, xy } = elementsOf(keep);
  const by = elementsOf(push);
  for (let i = 0; i < momenta.length; i += 3) {
    const x = momenta[i];
    const y = momenta[i + 1];
    const z = momenta[i + 2];
    const u = forces[i];
    const v = forces[i + 1];
    const w = forces[i + 2];
    momenta[i] = x * xx + y * xy + z * xz + u * by.xx + v * by.xy + w * by.xz;
    momenta[i + 1] = x * xy + y * yy + z * yz + u * by.xy + v * by.yy + w * by.yz;
    momenta[i + 2] = x * xz + y * yz + z * zz + u * by.xz + v * by.yz + w * by.zz;
  }
}

function driftInMovingCell(state: MdState, { timestep, stretch, move }: Flow): void {
  const { positions, momenta, masses, cell, cellRate, step } = state;
  assertSmall(
    cellRate.map((rate) => rate * timestep),
    step,
  );
  const { xx, yy, zz, yz, xz, xy } = elementsOf(stretch);
  const by = elementsOf(move);
  for (let atom = 0; atom < masses.length; atom++) {
    const i = 3 * atom;
    const scale = 1 / masses[atom];
    const u = momenta[i] * scale;
    const v = momenta[i + 1] * scale;
    const w = momenta[i + 2] * scale;
    if (!isShort(u * timestep, v * timestep, w * timestep)) {
      throw lostAtom(atom, Math.max(Math.abs(u), Math.abs(v), Math.abs(w)) * timestep, step);
    }
    const x = positions[i];
    const y = positions[i + 1];
    const z = positions[i + 2];
    positions[i] = x * xx + y * xy + z * xz + u * by.xx + v * by.xy + w * by.xz;
    positions[i + 1] = x * xy + y * yy + z * yz + u * by.xy + v * by.yy + w * by.yz;
    positions[i + 2] = x * xz + y * yz + z * zz + u * by.xz + v * by.yz + w * by.zz;
  }
  multiplyRows(cell, stretch, cell);
}

// The six different elements of a symmetric matrix, out of the reach of loops that write arrays.
function elementsOf(matrix: Matrix3) {
  return { xx: matrix[0], yy: matrix[4], zz: matrix[8], yz: matrix[5], xz: matrix[2], xy: matrix[1] };
}

// Mean of e^{-x s} over s from 0 to 1: e^{-x/2} sinh(x/2)/(x/2).
function decayMean(x: number): number {
  return x === 0 ? 1 : -Math.expm1(-x) / x;
}
