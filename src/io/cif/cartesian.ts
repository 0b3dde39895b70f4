import { determinant3, inverse3 } from '../../linalg/matrix3.js';
import type { CifBlock } from './blocks.js';
import type { CifCell } from './read-cell.js';
import { numberOf, valueOf } from './values.js';

/**
 * How Cartesian coordinates of a block become fractional ones: by the matrix that the block gives, else with a along x
 * and b in the plane of x and y, as both the core dictionary and mmCIF have it.
 *
 * @throws {LammError} `format`, with `file` and line, for entries that are no numbers.
 */
export function fractionalOfCartesian(
  block: CifBlock,
  cell: CifCell,
  file: string | undefined,
): (point: readonly number[]) => number[] {
  const toFractional = readTransformation(
    block,
    ['_atom_sites_fract_tran_matrix_', '_atom_sites_fract_transf_matrix'],
    file,
  );
  if (toFractional) return ([x, y, z]) => apply(toFractional.matrix, [x, y, z], toFractional.shift);
  const toCartesian = readTransformation(
    block,
    ['_atom_sites_cartn_tran_matrix_', '_atom_sites_cartn_transf_matrix'],
    file,
  );
  const inverse = toCartesian ? inverse3(toCartesian.matrix) : inverse3(columnsOf(cell.vectors));
  const [u, v, w] = toCartesian?.shift ?? [0, 0, 0];
  return ([x, y, z]) => apply(inverse, [x - u, y - v, z - w], [0, 0, 0]);
}

interface Transformation {
  /** Acts on columns, [3 x 3]. */
  readonly matrix: readonly number[];
  readonly shift: readonly number[];
}

/** Matrix and vector under the names of the core dictionary (`_11`) or of mmCIF (`[1][1]`). */
function readTransformation(
  block: CifBlock,
  prefixes: readonly string[],
  file: string | undefined,
): Transformation | undefined {
  const read = (tag: string): number | undefined => {
    const token = valueOf(block, tag, file);
    return token && numberOf(token, tag, file);
  };
  for (const prefix of prefixes) {
    const isCore = prefix.endsWith('_');
    const matrix = [1, 2, 3].flatMap((row) =>
      [1, 2, 3].map((column) => read(isCore ? `${prefix}${row}${column}` : `${prefix}[${row}][${column}]`)),
    );
    if (!matrix.every((value) => value !== undefined) || Math.abs(determinant3(matrix)) < 1e-12) continue;
    const vector = prefix.replace('matrix', 'vector');
    return { matrix, shift: [1, 2, 3].map((axis) => read(isCore ? `${vector}${axis}` : `${vector}[${axis}]`) ?? 0) };
  }
  return undefined;
}

function columnsOf(rows: Float64Array): number[] {
  return [0, 3, 6, 1, 4, 7, 2, 5, 8].map((index) => rows[index]);
}

function apply(matrix: ArrayLike<number>, [x, y, z]: readonly number[], shift: readonly number[]): number[] {
  return shift.map((value, row) => matrix[3 * row] * x + matrix[3 * row + 1] * y + matrix[3 * row + 2] * z + value);
}
