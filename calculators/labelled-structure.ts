import { type ResultKeys, withResults } from '../src/io/result-keys.js';
import type { Uncertainty } from '../src/models/uncertainty.js';
import type { Structure } from '../src/structure/structure.js';
import type { CalculationResult } from './calculator.js';

/**
 * The structure with results under the names that `keys` chooses, and with expected errors as `lamm_energy_error` (eV),
 * `lamm_forces_error` (eV/A, of each component) and `lamm_unlike` (whether an atom is unlike the training), beside any
 * labels it has.
 */
export function labelledStructure(
  structure: Structure,
  { uncertainty, ...results }: CalculationResult,
  keys?: ResultKeys,
): Structure {
  const labelled = withResults(structure, results, keys);
  return uncertainty === undefined ? labelled : withExpectedErrors(labelled, uncertainty);
}

/** The structure with expected errors under the names of `labelledStructure`. */
export function withExpectedErrors(structure: Structure, uncertainty: Uncertainty): Structure {
  return {
    ...structure,
    info: { ...structure.info, lamm_energy_error: uncertainty.energyPerAtom * structure.numbers.length },
    arrays: { ...structure.arrays, ...errorColumns(uncertainty) },
  };
}

function errorColumns({ forces, unlike }: Uncertainty): Structure['arrays'] {
  return {
    ...(forces && { lamm_forces_error: { width: 1, values: forces } }),
    lamm_unlike: { width: 1, values: Array.from(unlike, (mark) => mark === 1) },
  };
}
