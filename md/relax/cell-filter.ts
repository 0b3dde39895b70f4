import { expm3, inverse3, type Matrix3, multiply3, transpose3 } from '../../src/linalg/matrix3.js';
import { symmetricMatrix, voigtOf } from '../../src/linalg/voigt.js';
import type { CellFilter, CellFreedom } from './cell-freedom.js';
import { isRestricted, restrictForces, restrictGradient, restrictLogarithmicForces } from './cell-freedom.js';

/** The rows of a filter. */
export interface FilterRows {
  readonly movesAtoms: boolean;
  /** Rows of the undeformed cell. */
  start(atomCount: number): Float64Array;
  /** How far a coordinate goes for a strain of 1. */
  unitsPerStrain(atomCount: number): number;
  /** Deformation gradient F of rows. */
  gradient(rows: Float64Array, about: FilterContext): Matrix3;
  /** Forces on the rows from the virial W = -V (stress + P) in eV at their deformation gradient, [3 x 3] each. */
  forces(rows: Float64Array, about: FilterContext & { virial: Matrix3; gradient: Matrix3 }): Float64Array;
}

interface FilterContext {
  readonly atomCount: number;
  readonly freedom: CellFreedom;
}

const identity = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

export const filterRows: Readonly<Record<CellFilter, FilterRows>> = {
  'unit-cell': {
    movesAtoms: true,
    start: (atomCount) => identity.map((value) => value * atomCount),
    unitsPerStrain: (atomCount) => atomCount,
    gradient: (rows, { atomCount, freedom }) => restrictGradient(perAtom(rows, atomCount), freedom),
    forces: (rows, { virial, gradient, atomCount, freedom }) => {
      const p = multiply3(virial, inverse3(transpose3(gradient)));
      const forces = isRestricted(freedom)
        ? restrictForces(p, { g: perAtom(rows, atomCount), f: gradient, freedom })
        : ofVolumeAlone(p, freedom);
      return perAtom(forces, atomCount);
    },
  },
  'exp-cell': {
    movesAtoms: true,
    start: () => new Float64Array(9),
    unitsPerStrain: () => 1,
    gradient: (rows) => expm3(rows),
    forces: (_, { virial, freedom }) => restrictLogarithmicForces(ofVolumeAlone(virial, freedom), freedom),
  },
  strain: {
    movesAtoms: false,
    start: () => new Float64Array(6),
    unitsPerStrain: () => 1,
    gradient: (rows, { freedom }) => restrictGradient(strained(rows), freedom),
    forces: (rows, { virial, gradient, freedom }) => {
      const p = multiply3(virial, inverse3(transpose3(gradient)));
      const forces = isRestricted(freedom)
        ? restrictForces(p, { g: strained(rows), f: gradient, freedom })
        : ofVolumeAlone(virial, freedom);
      return voigtOf(forces);
    },
  },
};

/**
 * What is left of stress + P in eV/A^3 where the cell may change, [9] or [6]: it vanishes exactly where the forces on
 * the rows do.
 *
 * Where strains may change singly, it is the force on each of them over the volume; without restriction, the stress
 * itself.
 */
export function drivingStress(
  filter: CellFilter,
  rows: Float64Array,
  about: FilterContext & { virial: Matrix3; gradient: Matrix3; volume: number },
): Float64Array {
  const { virial, volume, freedom, atomCount } = about;
  if (!isRestricted(freedom)) return ofVolumeAlone(virial, freedom).map((value) => -value / volume);
  const { forces, unitsPerStrain } = filterRows[filter];
  return forces(rows, about).map((force) => (-force * unitsPerStrain(atomCount)) / volume);
}

function strained(strains: Float64Array): Matrix3 {
  return symmetricMatrix(strains.map((strain, component) => (component < 3 ? 1 + strain : strain / 2)));
}

function perAtom(matrix: Matrix3, atomCount: number): Matrix3 {
  return matrix.map((value) => value / atomCount);
}

/** What changes the volume and not the shape, where that is all that may change. */
function ofVolumeAlone(matrix: Matrix3, { hydrostatic }: CellFreedom): Matrix3 {
  const mean = (matrix[0] + matrix[4] + matrix[8]) / 3;
  return hydrostatic ? identity.map((value) => value * mean) : matrix;
}
