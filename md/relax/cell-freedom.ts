import { LammError } from '../../src/errors.js';
import { determinant3, inverse3, type Matrix3, transpose3 } from '../../src/linalg/matrix3.js';
import { voigtPlaces } from '../../src/linalg/voigt.js';

/**
 * How the cell becomes further rows of coordinates, with F the deformation gradient from the start (cell = start F^T):
 * `unit-cell` takes F itself times the number of atoms, `exp-cell` its matrix logarithm; `strain` moves the cell alone,
 * the atoms keep their place in it, and takes the strains F - 1 in two rows: xx yy zz and twice yz xz xy.
 */
export const cellFilters = ['unit-cell', 'exp-cell', 'strain'] as const;
export type CellFilter = (typeof cellFilters)[number];

/** What of the cell may change; everything when absent. */
export interface CellFreedom {
  /** The volume alone, not the shape. */
  readonly hydrostatic?: boolean;
  /** The shape alone. */
  readonly constantVolume?: boolean;
  /** 1 for each strain that may change, otherwise 0, [6]: xx yy zz yz xz xy. */
  readonly strainMask?: readonly number[];
}

const everything = [1, 1, 1, 1, 1, 1] as const;

/** Whether strains may change singly, and not all of them or only with the volume kept. */
export function isRestricted({ hydrostatic, constantVolume, strainMask }: CellFreedom): boolean {
  return !hydrostatic && (constantVolume === true || strainMask?.includes(0) === true);
}

/**
 * The deformation gradient F that a matrix G of the allowed strains stands for: G itself, or at constant volume S G S
 * with det F = 1, where the diagonal S scales those axes that the mask lets stretch.
 */
export function restrictGradient(g: Matrix3, freedom: CellFreedom): Matrix3 {
  return freedom.constantVolume ? scaleAxes(g, scalesOf(g, freedom)) : g;
}

/**
 * Forces -dE/dG on the allowed strains, symmetric and 0 where the mask forbids, [3 x 3], from p = -dE/dF at F =
 * `restrictGradient(g)`.
 *
 * With F = S G S, s = |det G|^(-1/2n) on the n axes of S: dF = S dG S + (ds/s)(1_S F + F 1_S), and ds/s = -tr(G^-1
 * dG)/2n.
 */
export function restrictForces(
  p: Matrix3,
  { g, f, freedom }: { g: Matrix3; f: Matrix3; freedom: CellFreedom },
): Matrix3 {
  const forces = freedom.constantVolume ? scaleAxes(p, scalesOf(g, freedom)) : p.slice();
  if (freedom.constantVolume) {
    const onAxes = axesOf(freedom);
    const count = onAxes.reduce((sum, flag) => sum + flag, 0);
    const along = p.reduce((sum, value, k) => sum + value * f[k] * (onAxes[Math.floor(k / 3)] + onAxes[k % 3]), 0);
    const cofactor = transpose3(inverse3(g));
    for (let k = 0; k < 9; k++) forces[k] -= (along / (2 * count)) * cofactor[k];
  }
  return maskStrains(symmetric(forces), freedom);
}

/**
 * Forces on a logarithmic strain, whose trace is that of the volume, as far as the freedom lets them act: from the
 * virial in eV, [3 x 3].
 */
export function restrictLogarithmicForces(virial: Matrix3, freedom: CellFreedom): Matrix3 {
  const masked = maskStrains(virial, freedom);
  if (!freedom.constantVolume) return masked;
  const axes = axesOf(freedom);
  const mean = (masked[0] + masked[4] + masked[8]) / axes.reduce((sum, flag) => sum + flag, 0);
  return masked.map((value, k) => (k % 4 === 0 && axes[k / 4] === 1 ? value - mean : value));
}

/**
 * @throws {LammError} `usage` for freedoms that contradict each other or leave nothing of the cell, or that the filter
 *   cannot keep.
 */
export function assertCellFreedom({ cell, ...freedom }: CellFreedom & { readonly cell?: CellFilter }): void {
  const problem = problemOf(freedom) ?? (cell === undefined ? needOfCell(freedom) : problemOfFilter(cell, freedom));
  if (problem !== undefined) throw new LammError('usage', problem, { quantity: 'cell' });
}

function problemOf({ hydrostatic, constantVolume, strainMask = everything }: CellFreedom): string | undefined {
  const stretches = strainMask.slice(0, 3).filter(Boolean).length;
  const strains = strainMask.filter(Boolean).length;
  const mask = `the strain mask ${strainMask.join()}`;
  if (strains === 0) return `${mask} leaves nothing of the cell to relax; leave the cell out`;
  if (hydrostatic && constantVolume)
    return 'hydrostatic and constant volume together leave nothing of the cell to relax; choose one';
  if (hydrostatic && stretches < 3)
    return `hydrostatic changes xx, yy and zz alike, ${mask} forbids ${3 - stretches} of them; choose one`;
  if (constantVolume && stretches === 0)
    return `shears alone cannot keep the volume: let ${mask} allow xx, yy or zz as well, or leave constant volume out`;
  if (constantVolume && strains === 1)
    return `constant volume and ${mask} together leave nothing of the cell to relax; allow more strains`;
  return undefined;
}

function needOfCell({ hydrostatic, constantVolume, strainMask }: CellFreedom): string | undefined {
  const named = hydrostatic ? 'hydrostatic' : constantVolume ? 'constant volume' : strainMask && 'a strain mask';
  return named && `${named} says what of the cell may change, but the cell is not relaxed; choose a filter of the cell`;
}

/** The exponential of a matrix with some strains has others too, unless products of the allowed ones are allowed. */
function problemOfFilter(cell: CellFilter, { strainMask }: CellFreedom): string | undefined {
  if (cell !== 'exp-cell' || strainMask === undefined) return undefined;
  const allowed = maskStrains(new Float64Array(9).fill(1), { strainMask });
  const hasProduct = (row: number, column: number) =>
    [0, 1, 2].some((k) => k !== row && k !== column && allowed[3 * row + k] * allowed[3 * k + column] !== 0);
  const spills = allowed.some((flag, k) => flag === 0 && hasProduct(Math.floor(k / 3), k % 3));
  return spills
    ? `in exp-cell the strains of the mask ${strainMask.join()} would bring others with them; take the filter unit-cell`
    : undefined;
}

function maskStrains(matrix: Matrix3, { strainMask = everything }: Pick<CellFreedom, 'strainMask'>): Matrix3 {
  const masked = matrix.slice();
  for (const [strain, of] of voigtPlaces.entries()) for (const place of of) masked[place] *= strainMask[strain];
  return masked;
}

/** 1 for each axis that may stretch, otherwise 0, [3]. */
function axesOf({ strainMask = everything }: CellFreedom): readonly number[] {
  return strainMask.slice(0, 3);
}

function scalesOf(g: Matrix3, freedom: CellFreedom): number[] {
  const axes = axesOf(freedom);
  const scale = Math.abs(determinant3(g)) ** (-1 / (2 * axes.reduce((sum, flag) => sum + flag, 0)));
  return axes.map((flag) => (flag === 1 ? scale : 1));
}

function scaleAxes(matrix: Matrix3, scales: readonly number[]): Matrix3 {
  return matrix.map((value, k) => scales[Math.floor(k / 3)] * value * scales[k % 3]);
}

function symmetric(matrix: Matrix3): Matrix3 {
  const turned = transpose3(matrix);
  return matrix.map((value, k) => (value + turned[k]) / 2);
}
