import { symmetricRows } from '../../src/linalg/voigt.js';
import { cellVolume } from '../../src/structure/cell.js';
import { createStructure, type InfoValue, type Structure } from '../../src/structure/structure.js';
import { GPa } from '../../src/units.js';
import { pressureOf } from '../state/pressure.js';
import { type MdState, temperature, velocitiesOf } from '../state/state.js';

/**
 * A copy of the present frame as a structure, with energy and forces as `lamm_energy` and `lamm_forces`; where there is stress, also
 * `lamm_stress` (3 x 3, without the kinetic part, eV/A^3), and pressure (with it) and volume.
 *
 * @param head level of theory of the numbers, as `lamm_head`.
 */
export function snapshotOf(state: MdState, timestepFs: number, head?: string): Structure {
  const { numbers, positions, cell, pbc, masses, fixed, step } = state;
  return createStructure({
    numbers,
    positions,
    cell,
    pbc,
    masses,
    velocities: velocitiesOf(state),
    ...(fixed.includes(1) && { fixed }),
    info: {
      step,
      time_fs: step * timestepFs,
      temperature_K: temperature(state),
      lamm_energy: state.potentialEnergy,
      ...stressInfo(state),
      ...(head !== undefined && { lamm_head: head }),
    },
    arrays: { lamm_forces: { width: 3, values: state.forces.slice() } },
  });
}

function stressInfo(state: MdState): Record<string, InfoValue> {
  const { stress, cell } = state;
  const pressure = pressureOf(state);
  if (!stress || pressure === undefined) return {};
  return {
    pressure_GPa: pressure / GPa,
    volume_A3: cellVolume(cell),
    lamm_stress: symmetricRows(stress),
  };
}
