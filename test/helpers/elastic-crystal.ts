import type { Calculator } from '../../calculators/calculator.js';
import { inverse3, multiply3, transpose3 } from '../../src/linalg/matrix3.js';
import { cellVolume, multiplyRows } from '../../src/structure/cell.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { testCalculator } from './harmonic.js';

/** Energy of a cell in eV, and its derivative with respect to strain in eV, [6]: xx yy zz yz xz xy. */
type CellEnergy = (cell: Float64Array) => { energy: number; virial: readonly number[] };

export const sideLength = 10;

/** A cube of side 10 A with atoms of two masses at scattered sites. */
export function crystalOf(atomCount: number): Structure {
  return createStructure({
    symbols: Array.from({ length: atomCount }, (_, i) => (i % 2 === 0 ? 'Cu' : 'Al')),
    positions: Array.from({ length: atomCount }, (_, i) => [i, (3 * i) % atomCount, (2 * i + 1) % atomCount])
      .flat()
      .map((value) => (value * sideLength) / atomCount),
    cell: [sideLength, 0, 0, 0, sideLength, 0, 0, 0, sideLength],
  });
}

/**
 * Atoms in wells of curvature `stiffness` (eV/A^2) about sites that go with the cell, and a cell with an energy of its
 * own.  The integral over the positions does not depend on the cell, so that the distribution of the cell is that of
 * its own energy.
 */
export function elasticCrystal(structure: Structure, stiffness: number, cellEnergy: CellEnergy): Calculator {
  const fractional = multiplyRows(structure.positions, inverse3(structure.cell));
  return testCalculator(
    'elastic crystal',
    ({ positions, cell }) => {
      const sites = multiplyRows(fractional, cell);
      const { energy, virial } = cellEnergy(cell);
      const energies = new Float64Array(positions.length / 3).fill(energy / (positions.length / 3));
      const stress = Float64Array.from(virial);
      const forces = positions.map((value, i) => -stiffness * (value - sites[i]));
      for (let atom = 0; atom < energies.length; atom++) {
        const [x, y, z] = [0, 1, 2].map((axis) => positions[3 * atom + axis] - sites[3 * atom + axis]);
        energies[atom] += (stiffness / 2) * (x * x + y * y + z * z);
        [x * x, y * y, z * z, y * z, x * z, x * y].forEach((product, k) => {
          stress[k] += stiffness * product;
        });
      }
      return { energies, forces, stress: stress.map((value) => value / cellVolume(cell)) };
    },
    { stress: true },
  );
}

/** c/2 (V - V0)^2. */
export function volumeEnergy(curvature: number): CellEnergy {
  return (cell) => {
    const volume = cellVolume(cell);
    const excess = volume - sideLength ** 3;
    const slope = curvature * excess * volume;
    return { energy: (curvature / 2) * excess ** 2, virial: [slope, slope, slope, 0, 0, 0] };
  };
}

/** c/2 sum (L_i - L0)^2 over the sides of a box. */
export function sideEnergy(curvature: number): CellEnergy {
  return (cell) => {
    const excess = [0, 4, 8].map((i) => cell[i] - sideLength);
    const energy = (curvature / 2) * excess.reduce((sum, value) => sum + value ** 2, 0);
    return { energy, virial: [...excess.map((value, k) => curvature * value * cell[4 * k]), 0, 0, 0] };
  };
}

/**
 * c/2 sum E_ij^2 over all nine elements of the Green strain E = (F F^T - 1)/2, F = cell/L0: blind to rotations of the
 * cell.
 */
export function strainEnergy(curvature: number): CellEnergy {
  return (cell) => {
    const gradient = cell.map((value) => value / sideLength);
    const strain = greenStrain(cell);
    const virial = multiply3(multiply3(transpose3(gradient), strain), gradient).map((value) => curvature * value);
    const energy = (curvature / 2) * strain.reduce((sum, value) => sum + value ** 2, 0);
    return { energy, virial: [virial[0], virial[4], virial[8], virial[5], virial[2], virial[1]] };
  };
}

/** Green strain of a cell against the cube, [3 x 3]. */
export function greenStrain(cell: Float64Array): Float64Array {
  const gradient = cell.map((value) => value / sideLength);
  return multiply3(gradient, transpose3(gradient)).map((value, i) => (value - (i % 4 === 0 ? 1 : 0)) / 2);
}
