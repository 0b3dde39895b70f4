import { symmetricRows } from '../src/linalg/voigt.js';
import type { Uncertainty } from '../src/models/uncertainty.js';
import type { Structure } from '../src/structure/structure.js';
import type { CalculationResult } from './calculator.js';

/**
 * The structure with results as `lamm_energy`, `lamm_forces`, `lamm_stress` (3 x 3) and `lamm_head`, and with expected errors as
 * `lamm_energy_error` (eV), `lamm_forces_error` (eV/A, of each component) and `lamm_unlike` (whether an atom is unlike the training), beside any
 * labels it has.
 */
export function labelledStructure(
  structure: Structure,
  { energy, forces, stress, head, uncertainty }: CalculationResult,
): Structure {
  return {
    ...structure,
    info: {
      ...structure.info,
      lamm_energy: energy,
      ...(stress && { lamm_stress: symmetricRows(stress) }),
      ...(head !== undefined && { lamm_head: head }),
      ...(uncertainty && { lamm_energy_error: uncertainty.energyPerAtom * structure.numbers.length }),
    },
    arrays: {
      ...structure.arrays,
      lamm_forces: { width: 3, values: forces },
      ...(uncertainty && errorColumns(uncertainty)),
    },
  };
}

function errorColumns({ forces, unlike }: Uncertainty): Structure['arrays'] {
  return {
    ...(forces && { lamm_forces_error: { width: 1, values: forces } }),
    lamm_unlike: { width: 1, values: Array.from(unlike, (mark) => mark === 1) },
  };
}
