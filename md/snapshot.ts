import { createStructure, type Structure } from '../src/structure/structure.js';
import { type MdState, temperature, velocitiesOf } from './state.js';

/** A copy of the present frame as a structure, with energy and forces as `lamm_energy` and `lamm_forces`. */
export function snapshotOf(state: MdState, timestepFs: number): Structure {
  const { numbers, positions, cell, pbc, masses, fixed, freedomCount, step } = state;
  return createStructure({
    numbers,
    positions,
    cell,
    pbc,
    masses,
    velocities: velocitiesOf(state),
    ...(freedomCount < positions.length && { fixed }),
    info: { step, time_fs: step * timestepFs, temperature_K: temperature(state), lamm_energy: state.potentialEnergy },
    arrays: { lamm_forces: { width: 3, values: state.forces.slice() } },
  });
}
