import { expm3, inverse3, type Matrix3, multiply3, transpose3 } from '../../src/linalg/matrix3.js';
import type { CellFilter, CellFreedom } from './settings.js';

/** The rows of a filter. */
export interface FilterRows {
  readonly movesAtoms: boolean;
  /** Rows of the undeformed cell. */
  start(atomCount: number): Float64Array;
  /** Deformation gradient F of rows. */
  gradient(rows: Float64Array, atomCount: number): Matrix3;
  /** Forces on the rows from the virial W = -V (stress + P) in eV, [3 x 3]. */
  forces(virial: Matrix3, about: { gradient: Matrix3; atomCount: number; freedom: CellFreedom }): Float64Array;
}

const identity = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

export const filterRows: Readonly<Record<CellFilter, FilterRows>> = {
  'unit-cell': {
    movesAtoms: true,
    start: (atomCount) => identity.map((value) => value * atomCount),
    gradient: (rows, atomCount) => rows.map((value) => value / atomCount),
    forces: (virial, { gradient, atomCount, freedom }) =>
      restrictCell(multiply3(virial, inverse3(transpose3(gradient))), freedom).map((value) => value / atomCount),
  },
  'exp-cell': {
    movesAtoms: true,
    start: () => new Float64Array(9),
    gradient: (rows) => expm3(rows),
    forces: (virial, { freedom }) => restrictCell(virial, freedom),
  },
  strain: {
    movesAtoms: false,
    start: () => new Float64Array(6),
    gradient: ([xx, yy, zz, yz, xz, xy]) =>
      Float64Array.of(1 + xx, xy / 2, xz / 2, xy / 2, 1 + yy, yz / 2, xz / 2, yz / 2, 1 + zz),
    forces: (virial, { freedom }) => {
      const w = restrictCell(virial, freedom);
      return Float64Array.of(w[0], w[4], w[8], w[5], w[2], w[1]);
    },
  },
};

// In this order: the volume alone, then the mask, then without the volume.
function restrictCell(matrix: Matrix3, { hydrostatic, constantVolume, strainMask }: CellFreedom): Matrix3 {
  const mean = (matrix[0] + matrix[4] + matrix[8]) / 3;
  const restricted = hydrostatic ? identity.map((value) => value * mean) : matrix.slice();
  if (strainMask) {
    const [xx, yy, zz, yz, xz, xy] = strainMask;
    [xx, xy, xz, xy, yy, yz, xz, yz, zz].forEach((factor, i) => {
      restricted[i] *= factor;
    });
  }
  if (!constantVolume) return restricted;
  const rest = (restricted[0] + restricted[4] + restricted[8]) / 3;
  return restricted.map((value, i) => (i % 4 === 0 ? value - rest : value));
}
