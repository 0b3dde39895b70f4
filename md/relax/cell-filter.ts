import { LammError } from '../../src/errors.js';
import { expm3, inverse3, type Matrix3, multiply3, transpose3 } from '../../src/linalg/matrix3.js';

/**
 * How the cell becomes further rows of coordinates, with F the deformation gradient from the start (cell = start F^T):
 * `unit-cell` takes F itself times the number of atoms, `exp-cell` its matrix logarithm; `strain` moves the cell alone, the atoms keep their place
 * in it, and takes the strains F - 1 in two rows: xx yy zz and twice yz xz xy.
 */
export const cellFilters = ['unit-cell', 'exp-cell', 'strain'] as const;
export type CellFilter = (typeof cellFilters)[number];

/** What of the cell may change; everything when absent. */
export interface CellFreedom {
  /** The volume alone, not the shape. */
  readonly hydrostatic?: boolean;
  /** The shape alone; `exp-cell` keeps the volume exactly, the others to first order in a step. */
  readonly constantVolume?: boolean;
  /** 1 for each strain that may change, otherwise 0, [6]: xx yy zz yz xz xy. */
  readonly strainMask?: readonly number[];
}

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

/**
 * @throws {LammError} `usage` for a mask that is not six times 0 or 1, or freedoms that leave nothing.
 */
export function assertCellFreedom({ hydrostatic, constantVolume, strainMask }: CellFreedom): void {
  if (strainMask && !(strainMask.length === 6 && strainMask.every((value) => value === 0 || value === 1))) {
    const message = `expected six times 0 or 1 for xx,yy,zz,yz,xz,xy, found ${strainMask.join()}`;
    throw new LammError('usage', message, { quantity: 'strainMask' });
  }
  if (!hydrostatic || !constantVolume) return;
  const message = 'hydrostatic and constant volume together leave nothing of the cell to relax; choose one';
  throw new LammError('usage', message, { quantity: 'cell' });
}

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
