import { inverse3, type Matrix3, multiply3, rowTimesMatrix3 } from '../../src/linalg/matrix3.js';
import { periodicCell } from '../../src/neighbors/periodic-cell.js';
import { multiplyRows } from '../../src/structure/cell.js';
import { centerOfMass } from '../../src/structure/center-of-mass.js';
import type { Frame } from './frame.js';

export interface UnwrapOptions {
  /**
   * Follow atoms across the borders of the cell, to the nearest image in each frame; false takes positions as they
   * stand.
   */
  readonly unwrap?: boolean;
  /** Measure from the centre of mass; by default when there are several atoms. */
  readonly removeDrift?: boolean;
}

/** What following atoms has to remember, and what it has seen. */
export interface UnwrapState {
  /**
   * Positions of the last frame in multiples of its lattice vectors, as they stood, [N x 3]; empty before the first.
   */
  shares: Float64Array;
  /** Lattice vectors that were added to each atom, [N x 3]. */
  images: Float64Array;
  /** Cell of the first frame in A, [9]. */
  readonly firstCell: Float64Array;
  /** Sum of the cells of all frames in A, [9]. */
  readonly cellSum: Float64Array;
  frames: number;
  /** Whether some cell was another than the first. */
  hasCellChanged: boolean;
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
    shares: new Float64Array(0),
    images: new Float64Array(0),
    firstCell: new Float64Array(9),
    cellSum: new Float64Array(9),
    frames: 0,
    hasCellChanged: false,
    firstCenter: new Float64Array(3),
    lastCenter: new Float64Array(3),
    lastCell: new Float64Array(9),
    jumps: 0,
    largestShare: 0,
  };
}

/**
 * Starts to follow atoms, or goes on: returns a function from frames to continuous positions, [N x 3] in A, in a buffer
 * that the next call overwrites.
 *
 * An atom that seems to have jumped by more than half of the cell has crossed its border.  Jumps are seen and taken
 * back in multiples of the lattice vectors, so that a cell that changes moves no atom: positions are given within the
 * first cell, and `meanCellFrom` takes displacements from there to the mean cell.  In a cell that stays as it is,
 * positions that are continuous already stay as they are, to the bit.
 */
export function createUnwrapper(
  { unwrap = true, removeDrift }: UnwrapOptions = {},
  state: UnwrapState = createUnwrapState(),
): (frame: Frame) => Float64Array {
  return (frame) => {
    const { positions, masses } = frame;
    const cell = periodicCell(frame);
    const inverse = inverse3(cell);
    const shares = multiplyRows(positions, inverse);
    const isFirst = state.frames === 0;
    if (isFirst) {
      state.shares = shares.slice();
      state.images = new Float64Array(positions.length);
      state.firstCell.set(cell);
    }
    state.frames++;
    for (let k = 0; k < 9; k++) state.cellSum[k] += cell[k];
    if (frame.pbc.includes(true)) followJumps(state, frame, { shares, isAdded: unwrap });
    state.shares.set(shares);
    const continuous = withinFirstCell(state, positions, { cell, inverse });
    const center = centerOfMass(continuous, masses);
    state.lastCenter.set(rowTimesMatrix3(center, inverse3(state.firstCell)));
    state.lastCell.set(cell);
    if (isFirst) state.firstCenter.set(state.lastCenter);
    if (removeDrift ?? masses.length > 1) {
      for (let i = 0; i < continuous.length; i++) continuous[i] -= center[i % 3];
    }
    return continuous;
  };
}

/**
 * What turns a displacement within the first cell into one within the mean cell so far, as a row times this; undefined
 * while they are the same.
 */
export function meanCellFrom({ hasCellChanged, firstCell, cellSum, frames }: UnwrapState): Matrix3 | undefined {
  if (!hasCellChanged) return undefined;
  return multiply3(
    inverse3(firstCell),
    cellSum.map((sum) => sum / frames),
  );
}

/** How far in A the centre of mass has moved since the first frame, apart from what the cell has grown. */
export function centerDrift({ firstCenter, lastCenter, lastCell }: UnwrapState): number {
  const shares = lastCenter.map((share, axis) => share - firstCenter[axis]);
  return Math.hypot(...rowTimesMatrix3(shares, lastCell));
}

/** Positions with the lattice vectors that were added, as they would be in the first cell. */
function withinFirstCell(
  state: UnwrapState,
  positions: Float64Array,
  { cell, inverse }: { cell: Matrix3; inverse: Matrix3 },
): Float64Array {
  const { firstCell, images } = state;
  const continuous = multiplyRows(images, firstCell);
  const isSame = cell.every((value, k) => value === firstCell[k]);
  if (!isSame) state.hasCellChanged = true;
  const own = isSame ? positions : multiplyRows(positions, multiply3(inverse, firstCell));
  for (let i = 0; i < own.length; i++) continuous[i] += own[i];
  return continuous;
}

function followJumps(
  state: UnwrapState,
  { pbc }: Frame,
  { shares, isAdded }: { shares: Float64Array; isAdded: boolean },
): void {
  const { shares: before, images } = state;
  for (let start = 0; start < shares.length; start += 3) {
    let hasJumped = false;
    for (let vector = 0; vector < 3; vector++) {
      if (!pbc[vector]) continue;
      const share = shares[start + vector] - before[start + vector];
      const jump = Math.round(share);
      state.largestShare = Math.max(state.largestShare, Math.abs(share - jump));
      if (jump === 0) continue;
      hasJumped = true;
      if (isAdded) images[start + vector] -= jump;
    }
    if (hasJumped) state.jumps++;
  }
}
