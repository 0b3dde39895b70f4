import type { Calculator } from '../../calculators/calculator.js';
import { type Matrix3, multiply3, transpose3 } from '../../src/linalg/matrix3.js';
import { symmetricMatrix } from '../../src/linalg/voigt.js';
import { largestOf } from '../../src/statistics/extremes.js';
import { cellVolume, multiplyRows } from '../../src/structure/cell.js';
import type { Structure } from '../../src/structure/structure.js';
import { GPa } from '../../src/units.js';
import type { Restraint } from '../state/constraints.js';
import { assertStressSource, missingStress } from '../state/stress-source.js';
import { drivingStress, filterRows } from './cell-filter.js';
import type { CellFilter, CellFreedom } from './cell-freedom.js';
import { calculateFinite, movableForces, type RelaxTarget } from './target.js';

export interface CellTargetOptions extends CellFreedom {
  readonly filter: CellFilter;
  readonly pressureGPa: number;
  readonly restraint: Restraint;
}

const cellRelaxation = { purpose: 'relaxing the cell', remedy: 'leave the cell as it is' };

/**
 * Relaxes positions and cell together under a pressure.  Coordinates are the positions with the deformation taken out,
 * and the rows of the cell; the forces on these come from the stress.
 *
 * @throws {LammError} `structure` for one without a cell, `missing-property` when there is no stress to follow.
 * @see Tadmor et al., Phys. Rev. B 59, 235 (1999).
 */
export function cellTarget(
  structure: Structure,
  calculator: Calculator,
  { filter, pressureGPa, restraint, ...freedom }: CellTargetOptions,
): RelaxTarget {
  assertStressSource(structure, calculator, cellRelaxation);
  const atomCount = structure.numbers.length;
  const rows = filterRows[filter];
  const about = { atomCount, freedom };
  const start = rows.start(atomCount);
  const atomLength = rows.movesAtoms ? 3 * atomCount : 0;
  const coordinates = new Float64Array(atomLength + start.length);
  coordinates.set(structure.positions.subarray(0, atomLength));
  coordinates.set(start, atomLength);
  const system = { ...structure, positions: structure.positions.slice(), cell: structure.cell.slice() };
  return {
    coordinates,
    cell: { first: atomLength, strainPerUnit: 1 / rows.unitsPerStrain(atomCount), volume: cellVolume(structure.cell) },
    system,
    evaluate: async () => {
      const ofCell = coordinates.slice(atomLength);
      const gradient = rows.gradient(ofCell, about);
      const undeformed = rows.movesAtoms ? coordinates.subarray(0, atomLength) : structure.positions;
      system.cell.set(multiply3(structure.cell, transpose3(gradient)));
      system.positions.set(multiplyRows(undeformed, transpose3(gradient)));
      const result = await calculateFinite(system, calculator);
      if (!result.stress) throw missingStress(calculator, cellRelaxation);
      const volume = cellVolume(system.cell);
      const virial = virialOf(result.stress, { volume, pressure: pressureGPa * GPa });
      const forces = new Float64Array(coordinates.length);
      if (rows.movesAtoms) {
        const onAtoms = movableForces(result.forces, restraint, { structure, calculator });
        forces.set(multiplyRows(onAtoms, gradient));
      }
      forces.set(rows.forces(ofCell, { ...about, virial, gradient }), atomLength);
      const left = drivingStress(filter, ofCell, { ...about, virial, gradient, volume });
      return { forces, result, smaxGPa: largestOf(left.map(Math.abs)) / GPa };
    },
  };
}

// W = -V (stress + P), [3 x 3].
function virialOf(stress: Float64Array, { volume, pressure }: { volume: number; pressure: number }): Matrix3 {
  return symmetricMatrix(stress).map((value, k) => -volume * (k % 4 === 0 ? value + pressure : value));
}
