import { type ResultKeys, withResults } from '../../src/io/result-keys.js';
import { cellVolume } from '../../src/structure/cell.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { GPa } from '../../src/units.js';
import { pressureOf } from '../state/pressure.js';
import { type MdState, temperature, velocitiesOf } from '../state/state.js';

export interface SnapshotOptions {
  /** Level of theory of the numbers. */
  readonly head?: string;
  readonly resultKeys?: ResultKeys;
}

/**
 * A copy of the present frame as a structure, with energy, forces and where there is any, stress (without the kinetic
 * part) under the names that `resultKeys` chooses; with stress also pressure, the kinetic part included, and volume.
 */
export function snapshotOf(state: MdState, timestepFs: number, { head, resultKeys }: SnapshotOptions = {}): Structure {
  const { numbers, positions, cell, pbc, masses, fixed, constraints, step } = state;
  const pressure = state.stress && pressureOf(state);
  const structure = createStructure({
    numbers,
    positions,
    cell,
    pbc,
    masses,
    velocities: velocitiesOf(state),
    ...(fixed.includes(1) && { fixed }),
    ...(constraints.length > 0 && { constraints }),
    info: {
      step,
      time_fs: step * timestepFs,
      temperature_K: temperature(state),
      ...(pressure !== undefined && { pressure_GPa: pressure / GPa, volume_A3: cellVolume(cell) }),
    },
  });
  const results = { energy: state.potentialEnergy, forces: state.forces.slice(), head };
  const stress = pressure === undefined ? undefined : state.stress?.slice();
  return withResults(structure, { ...results, stress }, resultKeys);
}
