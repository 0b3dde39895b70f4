import type { Calculator } from '../../calculators/calculator.js';
import { LammError } from '../../src/errors.js';
import { expm3, inverse3, type Matrix3, multiply3, transpose3 } from '../../src/linalg/matrix3.js';
import { cellVolume, multiplyRows } from '../../src/structure/cell.js';
import type { Structure } from '../../src/structure/structure.js';
import { GPa } from '../../src/units.js';
import { calculateFinite, movableForces, type RelaxTarget } from './target.js';

/**
 * How the cell becomes three more rows of coordinates, with F the deformation gradient from the start (cell = start F^T):
 * `unit-cell` takes F itself times the number of atoms, `exp-cell` its matrix logarithm.
 */
export type CellFilter = 'unit-cell' | 'exp-cell';

const identity = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

/**
 * Relaxes positions and cell together under a pressure.  Coordinates are the positions with the deformation taken out, and the three
 * rows of the cell; the forces on these come from the stress.
 *
 * @throws {LammError} `missing-property` when there is no stress to follow.
 * @see Tadmor et al., Phys. Rev. B 59, 235 (1999).
 */
export function cellTarget(
  structure: Structure,
  calculator: Calculator,
  { filter, pressureGPa }: { filter: CellFilter; pressureGPa: number },
): RelaxTarget {
  assertStress(structure, calculator);
  const atomCount = structure.numbers.length;
  const rowScale = filter === 'unit-cell' ? atomCount : 1;
  const system = { ...structure, positions: structure.positions.slice(), cell: structure.cell.slice() };
  const coordinates = new Float64Array(3 * atomCount + 9);
  coordinates.set(structure.positions);
  if (filter === 'unit-cell')
    coordinates.set(
      identity.map((value) => value * rowScale),
      3 * atomCount,
    );
  const deformation = (): Matrix3 => {
    const rows = coordinates.slice(3 * atomCount);
    return filter === 'unit-cell' ? rows.map((value) => value / rowScale) : expm3(rows);
  };
  return {
    coordinates,
    system,
    evaluate: async () => {
      const gradient = deformation();
      system.cell.set(multiply3(structure.cell, transpose3(gradient)));
      system.positions.set(multiplyRows(coordinates.subarray(0, 3 * atomCount), transpose3(gradient)));
      const result = await calculateFinite(system, calculator);
      const virial = virialOf(requireStress(result.stress, calculator), {
        volume: cellVolume(system.cell),
        pressure: pressureGPa * GPa,
      });
      const rows = filter === 'unit-cell' ? multiply3(virial, inverse3(transpose3(gradient))) : virial;
      const forces = new Float64Array(coordinates.length);
      forces.set(multiplyRows(movableForces(result.forces, structure.fixed, calculator), gradient));
      forces.set(
        rows.map((value) => value / rowScale),
        3 * atomCount,
      );
      return { forces, result };
    },
  };
}

// W = -V (stress + P), [3 x 3].
function virialOf(
  [xx, yy, zz, yz, xz, xy]: Float64Array,
  { volume, pressure }: { volume: number; pressure: number },
): Matrix3 {
  const full = Float64Array.of(xx + pressure, xy, xz, xy, yy + pressure, yz, xz, yz, zz + pressure);
  return full.map((value) => -volume * value);
}

function assertStress(structure: Structure, calculator: Calculator): void {
  if (!structure.pbc.every(Boolean)) {
    throw new LammError(
      'usage',
      'relaxing the cell needs a structure that is periodic in all directions; leave out --cell',
      { quantity: 'pbc' },
    );
  }
  if (!calculator.capabilities.stress) throw missingStress(calculator);
}

function requireStress(stress: Float64Array | undefined, calculator: Calculator): Float64Array {
  if (stress) return stress;
  throw missingStress(calculator);
}

function missingStress({ name }: Calculator): LammError {
  const message = `relaxing the cell needs stress, which the calculator ${name} does not give; choose one that does, such as lamm-s, emt or lj, or leave out --cell`;
  return new LammError('missing-property', message, { quantity: 'stress' });
}
