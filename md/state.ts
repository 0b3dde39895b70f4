import type { Calculator } from '../calculators/calculator.js';
import { UnstableError } from '../src/errors.js';
import type { AtomicSystem, Structure } from '../src/structure/structure.js';
import { kB } from '../src/units.js';
import { removeNetForce } from './net-force.js';

/** A moving system: it owns its buffers and is written at every step; a calculator takes it as it is. */
export interface MdState extends AtomicSystem {
  /** Masses in amu, [N]. */
  readonly masses: Float64Array;
  /** Momenta in sqrt(amu eV), [N x 3]; 0 where `fixed`. */
  readonly momenta: Float64Array;
  /** Forces in eV/A, [N x 3]; 0 where `fixed`. */
  readonly forces: Float64Array;
  /** 1 for each Cartesian coordinate that may not move, [N x 3]. */
  readonly fixed: Uint8Array;
  /** Number of coordinates that may move. */
  readonly freedomCount: number;
  /** Potential energy in eV. */
  potentialEnergy: number;
  /** Heat received from the thermostat since the start, in eV. */
  bathHeat: number;
  /** Length in eV/A of the net force that was removed at the last evaluation; 0 for conservative calculators. */
  netForce: number;
  /** Steps done since the start. */
  step: number;
}

/** Allocates the state of a structure, with its velocities or at rest; forces and energy wait for `updateForces`. */
export function createMdState(structure: Structure): MdState {
  const atomCount = structure.numbers.length;
  const fixed = structure.fixed?.slice() ?? new Uint8Array(3 * atomCount);
  const momenta = new Float64Array(3 * atomCount);
  if (structure.velocities) {
    for (let i = 0; i < momenta.length; i++) {
      momenta[i] = fixed[i] ? 0 : structure.masses[Math.floor(i / 3)] * structure.velocities[i];
    }
  }
  return {
    numbers: structure.numbers.slice(),
    positions: structure.positions.slice(),
    cell: structure.cell.slice(),
    pbc: structure.pbc,
    masses: structure.masses.slice(),
    momenta,
    forces: new Float64Array(3 * atomCount),
    fixed,
    freedomCount: fixed.reduce((count, flag) => count - flag, 3 * atomCount),
    potentialEnergy: 0,
    bathHeat: 0,
    netForce: 0,
    step: 0,
  };
}

/**
 * Evaluates energy and forces of `state` and writes them into it; forces on fixed coordinates become 0.
 *
 * The net force of a calculator that is not conservative would push the whole system: it is removed, unless fixed atoms hold the
 * system in place.
 *
 * @throws {UnstableError} `non-finite` when the energy or a force is not a number.
 */
export async function updateForces(state: MdState, calculator: Calculator): Promise<void> {
  const { energy, forces } = await calculator.calculate(state);
  if (!Number.isFinite(energy)) throw nonFinite('energy', energy, state.step);
  for (let i = 0; i < forces.length; i++) {
    if (!Number.isFinite(forces[i])) throw nonFinite(`force on atom ${Math.floor(i / 3) + 1}`, forces[i], state.step);
    state.forces[i] = state.fixed[i] ? 0 : forces[i];
  }
  state.potentialEnergy = energy;
  if (!calculator.capabilities.conservative && state.freedomCount === forces.length) {
    state.netForce = removeNetForce(state.forces);
  }
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

/** Temperature 2 Ekin/(f kB) in K; f counts the free coordinates, centre-of-mass motion included. */
export function temperature(state: Pick<MdState, 'momenta' | 'masses' | 'freedomCount'>): number {
  return state.freedomCount === 0 ? 0 : (2 * kineticEnergy(state)) / (state.freedomCount * kB);
}

/** The energy in eV that exact dynamics would keep: potential + kinetic - heat received from the thermostat. */
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
