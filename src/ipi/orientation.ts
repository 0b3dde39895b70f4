import { multiply3, transpose3 } from '../linalg/matrix3.js';
import { symmetricMatrix, voigtOf } from '../linalg/voigt.js';
import { multiplyRows } from '../structure/cell.js';

/**
 * The orthogonal matrix Q, [3 x 3], that brings a cell to the orientation of the i-PI protocol: cell Q is lower
 * triangular with a positive diagonal (first vector along x, second in the xy plane); undefined when it stands so
 * already, or spans no volume. For a left-handed cell Q is a reflection, under which no energy changes.
 */
export function standardOrientation(cell: Float64Array): Float64Array | undefined {
  const isStandard = [1, 2, 5].every((i) => cell[i] === 0) && [0, 4, 8].every((i) => cell[i] > 0);
  if (isStandard) return undefined;
  const basis = new Float64Array(9);
  for (let row = 0; row < 3; row++) {
    const rest = cell.slice(3 * row, 3 * row + 3);
    // Twice, so that rounding leaves the rows orthogonal (Gram-Schmidt).
    for (const before of [0, 3, 6, 0, 3, 6].filter((start) => start < 3 * row)) {
      const share = rest[0] * basis[before] + rest[1] * basis[before + 1] + rest[2] * basis[before + 2];
      for (let axis = 0; axis < 3; axis++) rest[axis] -= share * basis[before + axis];
    }
    const length = Math.hypot(...rest);
    if (!(length > 1e-9)) return undefined;
    for (let axis = 0; axis < 3; axis++) basis[3 * row + axis] = rest[axis] / length;
  }
  return transpose3(basis);
}

/** Rows, [N x 3], turned by Q. */
export function turnRows(rows: Float64Array, q: Float64Array): Float64Array {
  return multiplyRows(rows, q);
}

/** Rows turned back: times the transpose of Q. */
export function turnRowsBack(rows: Float64Array, q: Float64Array): Float64Array {
  return multiplyRows(rows, transpose3(q));
}

/** A stress in Voigt order, [6], turned back: Q S Q^T. */
export function turnStressBack(stress: Float64Array, q: Float64Array): Float64Array {
  return voigtOf(multiply3(multiply3(q, symmetricMatrix(stress)), transpose3(q)));
}
