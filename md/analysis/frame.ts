import { LammError } from '../../src/errors.js';
import { cellVolume } from '../../src/structure/cell.js';
import type { AtomicSystem, InfoValue, Structure } from '../../src/structure/structure.js';
import { GPa, kB } from '../../src/units.js';
import { countFreedom, createRestraint } from '../state/constraints.js';
import { pressureOf } from '../state/pressure.js';
import { conservedEnergy, kineticEnergy, type MdState, temperature } from '../state/state.js';

/**
 * A moment of a trajectory as the analyses take it: from a file, or from a simulation as it runs.  They keep no
 * reference to its arrays.
 */
export interface Frame extends AtomicSystem {
  readonly timeFs: number;
  /** Masses in amu, [N]. */
  readonly masses: Float64Array;
  /** Velocities in A/(A sqrt(amu/eV)), [N x 3]. */
  readonly velocities?: Float64Array;
  /** Potential energy in eV. */
  readonly potentialEnergy?: number;
  /** Kinetic energy in eV. */
  readonly kineticEnergy?: number;
  /** What exact dynamics would keep, in eV. */
  readonly conservedEnergy?: number;
  readonly temperatureK?: number;
  /** Pressure, kinetic part included. */
  readonly pressureGPa?: number;
}

/** The present moment of a simulation. */
export function frameOfState(state: MdState, timestepFs: number): Frame {
  return createFrameReader(state, timestepFs)();
}

/** Returns a function that gives the present moment of `state`, each time in the same arrays. */
export function createFrameReader(state: MdState, timestepFs: number): () => Frame {
  const { masses, momenta } = state;
  const atoms = atomsOf(state);
  const velocities = new Float64Array(momenta.length);
  return () => {
    for (let i = 0; i < velocities.length; i++) velocities[i] = momenta[i] / masses[Math.floor(i / 3)];
    const pressure = pressureOf(state);
    return {
      ...atoms,
      timeFs: state.step * timestepFs,
      velocities,
      potentialEnergy: state.potentialEnergy,
      kineticEnergy: kineticEnergy(state),
      conservedEnergy: conservedEnergy(state),
      temperatureK: temperature(state),
      ...(pressure !== undefined && { pressureGPa: pressure / GPa }),
    };
  };
}

/**
 * A frame of a trajectory file.  Temperature and pressure are those written with it (`temperature_K`, `pressure_GPa`);
 * else they follow from velocities and stress, with every coordinate counted that may move.
 */
export function frameOfStructure(structure: Structure, timeFs: number): Frame {
  const { masses, velocities, info, labels } = structure;
  const kinetic = velocities && kineticEnergyOf(velocities, masses);
  const temperatureK = numberOf(info.temperature_K) ?? temperatureFrom(structure, kinetic);
  const pressureGPa = numberOf(info.pressure_GPa) ?? pressureFrom(structure, kinetic);
  const potentialEnergy = numberOf(info.lamm_energy) ?? labels.energy;
  return {
    ...atomsOf(structure),
    timeFs,
    ...(velocities && { velocities, kineticEnergy: kinetic }),
    ...(potentialEnergy !== undefined && { potentialEnergy }),
    ...(temperatureK !== undefined && { temperatureK }),
    ...(pressureGPa !== undefined && { pressureGPa }),
  };
}

/**
 * @throws {LammError} `structure` when `frame` has other atoms than `numbers`: analyses follow each atom through all
 * frames.
 */
export function assertSameAtoms(numbers: Uint8Array, frame: Frame): void {
  const same =
    numbers.length === frame.numbers.length && numbers.every((number, atom) => number === frame.numbers[atom]);
  if (same) return;
  throw new LammError(
    'structure',
    `the atoms change at ${frame.timeFs} fs (${numbers.length} before, ${frame.numbers.length} now, or other elements); expected one trajectory of the same atoms in the same order`,
    { quantity: 'numbers' },
  );
}

function atomsOf({ numbers, positions, cell, pbc, masses }: Omit<Frame, 'timeFs'>) {
  return { numbers, positions, cell, pbc, masses };
}

function numberOf(value: InfoValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function kineticEnergyOf(velocities: Float64Array, masses: Float64Array): number {
  return velocities.reduce((sum, velocity, i) => sum + (masses[Math.floor(i / 3)] * velocity * velocity) / 2, 0);
}

function temperatureFrom(structure: Structure, kinetic: number | undefined): number | undefined {
  const freedomCount = countFreedom(createRestraint(structure));
  return kinetic === undefined || freedomCount === 0 ? undefined : (2 * kinetic) / (freedomCount * kB);
}

function pressureFrom({ cell, info, labels }: Structure, kinetic: number | undefined): number | undefined {
  const trace = traceOf(info.lamm_stress) ?? labels.stress?.slice(0, 3).reduce((sum, value) => sum + value);
  const volume = cellVolume(cell);
  if (trace === undefined || kinetic === undefined || volume === 0) return undefined;
  return (-trace + (2 * kinetic) / volume) / 3 / GPa;
}

function traceOf(matrix: InfoValue | undefined): number | undefined {
  if (!Array.isArray(matrix) || matrix.length !== 3) return undefined;
  const diagonal = matrix.map((row, i) => (Array.isArray(row) ? Number(row[i]) : Number.NaN));
  return diagonal.every(Number.isFinite) ? diagonal[0] + diagonal[1] + diagonal[2] : undefined;
}
