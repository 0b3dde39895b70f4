import { inverse3, rowTimesMatrix3 } from '../../src/linalg/matrix3.js';
import { periodicCell } from '../../src/neighbors/periodic-cell.js';
import type { Frame } from './frame.js';

export interface UnwrapOptions {
  /** Follow atoms across the borders of the cell, to the nearest image in each frame; false takes positions as they stand. */
  readonly unwrap?: boolean;
  /** Measure from the centre of mass; by default when there are several atoms. */
  readonly removeDrift?: boolean;
}

/**
 * Starts to follow atoms: returns a function from frames to continuous positions, [N x 3] in A, in a buffer that the next call overwrites.
 *
 * An atom that seems to have jumped by more than half of the cell has crossed its border.  Positions that are continuous already stay as
 * they are, to the bit.  A cell that changes is used as it is at each jump.
 *
 * @see von Buelow, Bullerjahn, Hummer, J. Chem. Phys. 153, 021101 (2020): displacements, not lattice positions, are to be added up.
 */
export function createUnwrapper({ unwrap = true, removeDrift }: UnwrapOptions = {}): (frame: Frame) => Float64Array {
  let previous: Float64Array | undefined;
  let offsets = new Float64Array(0);
  let continuous = new Float64Array(0);
  return (frame) => {
    const { positions, masses } = frame;
    if (previous === undefined) {
      previous = positions.slice();
      offsets = new Float64Array(positions.length);
      continuous = new Float64Array(positions.length);
    }
    if (unwrap && frame.pbc.includes(true)) addJumps(offsets, frame, previous);
    previous.set(positions);
    for (let i = 0; i < positions.length; i++) continuous[i] = positions[i] + offsets[i];
    if (removeDrift ?? masses.length > 1) subtractCenter(continuous, masses);
    return continuous;
  };
}

function addJumps(offsets: Float64Array, frame: Frame, previous: Float64Array): void {
  const { positions, pbc } = frame;
  const cell = periodicCell(frame);
  const inverse = inverse3(cell);
  for (let start = 0; start < positions.length; start += 3) {
    const move = [0, 1, 2].map((axis) => positions[start + axis] - previous[start + axis]);
    const jumps = rowTimesMatrix3(move, inverse).map((share, axis) => (pbc[axis] ? Math.round(share) : 0));
    if (jumps.every((jump) => jump === 0)) continue;
    const shift = rowTimesMatrix3(jumps, cell);
    for (let axis = 0; axis < 3; axis++) offsets[start + axis] -= shift[axis];
  }
}

function subtractCenter(positions: Float64Array, masses: Float64Array): void {
  const mass = masses.reduce((sum, value) => sum + value, 0);
  for (let axis = 0; axis < 3; axis++) {
    let center = 0;
    for (let atom = 0; atom < masses.length; atom++) center += masses[atom] * positions[3 * atom + axis];
    center /= mass;
    for (let i = axis; i < positions.length; i += 3) positions[i] -= center;
  }
}
