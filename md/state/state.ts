import type { Calculator } from '../../calculators/calculator.js';
import { UnstableError } from '../../src/errors.js';
import type { Structure } from '../../src/structure/structure.js';
import { kB } from '../../src/units.js';
import { applyRestraint, countFreedom, createRestraint, isHeld, type Restraint } from './constraints.js';
import { type FollowedSystem, follow } from './follow.js';
import { removeNetForce } from './net-force.js';

/** Variables of baths that move along with the atoms; all zero where an ensemble has none. */
export interface BathVariables {
  /** Nose-Hoover chain on the atoms, see `advanceChain`. */
  readonly chain: Float64Array;
  /** Nose-Hoover chains on the rates of the cell, one after another, [6 x length of a chain]. */
  readonly cellChains: Float64Array;
  /** Rate at which the cell deforms, symmetric, in 1/(A sqrt(amu/eV)), [6]: xx yy zz yz xz xy. */
  readonly cellRate: Float64Array;
}

/** A moving system: it owns its buffers and is written at every step; a calculator takes it as it is. */
export interface MdState extends FollowedSystem, Restraint, BathVariables {
  /** Masses in amu, [N]. */
  readonly masses: Float64Array;
  /** Momenta in sqrt(amu eV), [N x 3]; 0 where `fixed`. */
  readonly momenta: Float64Array;
  /** Forces in eV/A, [N x 3]; 0 where `fixed`. */
  readonly forces: Float64Array;
  /** Forces of the inner calculator in eV/A, [N x 3]; 0 without one. */
  readonly innerForces: Float64Array;
  /** Number of independent coordinates that may move. */
  readonly freedomCount: number;
  /** Potential energy in eV. */
  potentialEnergy: number;
  /**
   * Stress of the potential energy in eV/A^3, [6]: xx yy zz yz xz xy; there when the calculator gives it and all
   * directions are periodic.
   */
  stress?: Float64Array;
  /** Heat and work received from the baths since the start, in eV. */
  bathHeat: number;
  /** Length in eV/A of the net force that was removed at the last evaluation; 0 for conservative calculators. */
  netForce: number;
  /** Steps done since the start. */
  step: number;
}

/** Links of a Nose-Hoover chain; three make even small, stiff systems ergodic. */
const chainLength = 3;

/**
 * Allocates the state of a structure, with its velocities (as far as the restraint allows) or at rest;
 * forces and energy wait for `updateForces`.
 */
export function createMdState(structure: Structure, restraint: Restraint = createRestraint(structure)): MdState {
  const atomCount = structure.numbers.length;
  const { masses, velocities } = structure;
  const momenta = new Float64Array(3 * atomCount);
  if (velocities) {
    for (let i = 0; i < momenta.length; i++) momenta[i] = masses[Math.floor(i / 3)] * velocities[i];
    applyRestraint(restraint, momenta, masses);
  }
  return {
    ...restraint,
    numbers: structure.numbers.slice(),
    positions: structure.positions.slice(),
    cell: structure.cell.slice(),
    pbc: structure.pbc,
    masses: masses.slice(),
    momenta,
    forces: new Float64Array(3 * atomCount),
    innerForces: new Float64Array(3 * atomCount),
    freedomCount: countFreedom(restraint),
    chain: new Float64Array(chainLength + 1),
    cellChains: new Float64Array(6 * (chainLength + 1)),
    cellRate: new Float64Array(6),
    potentialEnergy: 0,
    bathHeat: 0,
    netForce: 0,
    step: 0,
  };
}

/**
 * Evaluates energy, forces and stress of `state` and writes them into it; forces act only where the restraint lets
 * them.
 *
 * The net force of a calculator that is not conservative would push the whole system: it is removed, unless fixed atoms
 * hold the system in place.
 *
 * @throws {UnstableError} `non-finite` when the energy, a force or the stress is not a number.
 */
export async function updateForces(state: MdState, calculator: Calculator): Promise<void> {
  follow(state, calculator);
  const { energy, forces, stress } = await calculator.calculate(state);
  if (!Number.isFinite(energy)) throw nonFinite('energy', energy, state.step);
  state.potentialEnergy = energy;
  setForces(state.forces, forces, { state, calculator });
  if (stress && state.pbc[0] && state.pbc[1] && state.pbc[2]) updateStress(state, stress);
}

/**
 * Evaluates the forces of an inner calculator and writes them into `state.innerForces`; energy and stress stay those of
 * the outer one.
 *
 * @throws {UnstableError} `non-finite` when a force is not a number.
 */
export async function updateInnerForces(state: MdState, inner: Calculator): Promise<void> {
  follow(state, inner);
  const { forces } = await inner.calculate(state);
  setForces(state.innerForces, forces, { state, calculator: inner });
}

function setForces(
  target: Float64Array,
  forces: Float64Array,
  { state, calculator }: { state: MdState; calculator: Calculator },
): void {
  for (let i = 0; i < forces.length; i++) {
    if (!Number.isFinite(forces[i])) throw nonFinite(`force on atom ${Math.floor(i / 3) + 1}`, forces[i], state.step);
    target[i] = forces[i];
  }
  if (!calculator.capabilities.conservative && !isHeld(state)) state.netForce = removeNetForce(target);
  applyRestraint(state, target, state.masses);
}

function updateStress(state: MdState, stress: Float64Array): void {
  const bad = stress.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw nonFinite('stress', stress[bad], state.step);
  state.stress ??= new Float64Array(6);
  state.stress.set(stress);
}

/** Kinetic energy sum p^2/(2m) in eV. */
export function kineticEnergy({ momenta, masses }: Pick<MdState, 'momenta' | 'masses'>): number {
  let twice = 0;
  for (let atom = 0; atom < masses.length; atom++) {
    const px = momenta[3 * atom];
    const py = momenta[3 * atom + 1];
    const pz = momenta[3 * atom + 2];
    twice += (px * px + py * py + pz * pz) / masses[atom];
  }
  return twice / 2;
}

/**
 * Takes from the momenta what planes, lines or a held centre of mass forbid; returns the change of kinetic energy in
 * eV.
 */
export function restrainMomenta(state: MdState): number {
  if (state.projections.length === 0 && !state.centerFixed) return 0;
  const before = kineticEnergy(state);
  applyRestraint(state, state.momenta, state.masses);
  return kineticEnergy(state) - before;
}

/**
 * Temperature 2 Ekin/(f kB) in K; f counts the coordinates that may move; the motion of the centre of mass is among
 * them unless that is held.
 */
export function temperature(state: Pick<MdState, 'momenta' | 'masses' | 'freedomCount'>): number {
  return temperatureOf(2 * kineticEnergy(state), state.freedomCount);
}

/** Temperature in K from twice the kinetic energy in eV, over `freedomCount` coordinates that may move. */
export function temperatureOf(twiceKinetic: number, freedomCount: number): number {
  return freedomCount === 0 ? 0 : twiceKinetic / (freedomCount * kB);
}

/** The energy in eV that exact dynamics would keep: potential + kinetic - what the baths gave. */
export function conservedEnergy(state: MdState): number {
  return state.potentialEnergy + kineticEnergy(state) - state.bathHeat;
}

/** Velocities in A/(A sqrt(amu/eV)), [N x 3], freshly allocated. */
export function velocitiesOf({ momenta, masses }: Pick<MdState, 'momenta' | 'masses'>): Float64Array {
  return momenta.map((momentum, i) => momentum / masses[Math.floor(i / 3)]);
}

function nonFinite(quantity: string, value: number, step: number): UnstableError {
  return new UnstableError(
    'non-finite',
    `the ${quantity} became ${value} after step ${step}; use a shorter time step, or relax the structure first`,
    { quantity, step, expected: 'a finite number', actual: String(value) },
  );
}
