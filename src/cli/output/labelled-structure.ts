import type { CalculationResult } from '../../../calculators/calculator.js';
import type { Structure } from '../../structure/structure.js';

/** The structure with results as `lamm_energy`, `lamm_forces`, `lamm_stress` (3 x 3) and `lamm_head`, beside any labels it has. */
export function labelledStructure(
  structure: Structure,
  { energy, forces, stress, head }: CalculationResult,
): Structure {
  return {
    ...structure,
    info: {
      ...structure.info,
      lamm_energy: energy,
      ...(stress && { lamm_stress: stressRows(stress) }),
      ...(head !== undefined && { lamm_head: head }),
    },
    arrays: { ...structure.arrays, lamm_forces: { width: 3, values: forces } },
  };
}

function stressRows([xx, yy, zz, yz, xz, xy]: Float64Array): number[][] {
  return [
    [xx, xy, xz],
    [xy, yy, yz],
    [xz, yz, zz],
  ];
}
