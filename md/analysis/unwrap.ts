import { inverse3, rowTimesMatrix3 } from '../../src/linalg/matrix3.js';
import { periodicCell } from '../../src/neighbors/periodic-cell.js';
import { centerOfMass } from '../../src/structure/center-of-mass.js';
import type { Frame } from './frame.js';

export interface UnwrapOptions {
  /** Follow atoms across the borders of the cell, to the nearest image in each frame; false takes positions as they stand. */
  readonly unwrap?: boolean;
  /** Measure from the centre of mass; by default when there are several atoms. */
  readonly removeDrift?: boolean;
}

/** What following atoms has to remember, and what it has seen. */
export interface UnwrapState {
  /** Of the last frame in A, [N x 3]; empty before the first. */
  previous: Float64Array;
  /** Lattice vectors that were added to each atom in A, [N x 3]. */
  offsets: Float64Array;
  /** Centre of mass of the first and the last frame in multiples of the lattice vectors, [3]. */
  readonly firstCenter: Float64Array;
  readonly lastCenter: Float64Array;
  /** Cell of the last frame, [9]. */
  readonly lastCell: Float64Array;
  /** How often an atom seemed to jump by more than half of the cell. */
  jumps: number;
  /** Farthest move from one frame to the next, to the nearest image, in multiples of a lattice vector. */
  largestShare: number;
}

export function createUnwrapState(): UnwrapState {
  return {
    previous: new Float64Array(0),
    offsets: new Float64Array(0),
    firstCenter: new Float64Array(3),
    lastCenter: new Float64Array(3),
    lastCell: new Float64Array(9),
    jumps: 0,
    largestShare: 0,
  };
}

/**
 * Starts to follow atoms, or goes on: returns a function from frames to continuous positions, [N x 3] in A, in a buffer that the next call
 * overwrites.
 *
 * An atom that seems to have jumped by more than half of the cell has crossed its border.  Positions that are continuous already stay as
 * they are, to the bit.  A cell that changes is used as it is at each jump.
 *
 * @see von Buelow, Bullerjahn, Hummer, J. Chem. Phys. 153, 021101 (2020): displacements, not lattice positions, are to be added up.
 */
export function createUnwrapper(
  { unwrap = true, removeDrift }: UnwrapOptions = {},
  state: UnwrapState = createUnwrapState(),
): (frame: Frame) => Float64Array {
  let continuous = new Float64Array(state.previous.length);
  return (frame) => {
    const { positions, masses } = frame;
    const isFirst = state.previous.length === 0;
    if (isFirst) {
      state.previous = positions.slice();
      state.offsets = new Float64Array(positions.length);
      continuous = new Float64Array(positions.length);
    }
    const cell = periodicCell(frame);
    const inverse = inverse3(cell);
    if (frame.pbc.includes(true)) followJumps(state, frame, { cell, inverse, isAdded: unwrap });
    state.previous.set(positions);
    for (let i = 0; i < positions.length; i++) continuous[i] = positions[i] + state.offsets[i];
    const center = centerOfMass(continuous, masses);
    state.lastCenter.set(rowTimesMatrix3(center, inverse));
    state.lastCell.set(cell);
    if (isFirst) state.firstCenter.set(state.lastCenter);
    if (removeDrift ?? masses.length > 1) {
      for (let i = 0; i < continuous.length; i++) continuous[i] -= center[i % 3];
    }
    return continuous;
  };
}

/** How far in A the centre of mass has moved since the first frame, apart from what the cell has grown. */
export function centerDrift({ firstCenter, lastCenter, lastCell }: UnwrapState): number {
  const shares = lastCenter.map((share, axis) => share - firstCenter[axis]);
  return Math.hypot(...rowTimesMatrix3(shares, lastCell));
}

function followJumps(
  state: UnwrapState,
  { positions, pbc }: Frame,
  { cell, inverse, isAdded }: { cell: Float64Array; inverse: Float64Array; isAdded: boolean },
): void {
  const { previous, offsets } = state;
  for (let start = 0; start < positions.length; start += 3) {
    const x = positions[start] - previous[start];
    const y = positions[start + 1] - previous[start + 1];
    const z = positions[start + 2] - previous[start + 2];
    let hasJumped = false;
    for (let vector = 0; vector < 3; vector++) {
      if (!pbc[vector]) continue;
      const share = x * inverse[vector] + y * inverse[3 + vector] + z * inverse[6 + vector];
      const jump = Math.round(share);
      state.largestShare = Math.max(state.largestShare, Math.abs(share - jump));
      if (jump === 0) continue;
      hasJumped = true;
      for (let axis = 0; isAdded && axis < 3; axis++) offsets[start + axis] -= jump * cell[3 * vector + axis];
    }
    if (hasJumped) state.jumps++;
  }
}
