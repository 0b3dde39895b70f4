import type { Frame } from '../../../md/analysis/frame.js';
import { atomicNumber } from '../../../src/elements.js';
import { createStructure } from '../../../src/structure/structure.js';

/** A frame of atoms of one element (copper) or of `symbols`, in a cube of side `length` A or in no cell. */
export function frameOf(
  positions: ArrayLike<number>,
  {
    length,
    timeFs = 0,
    velocities,
    symbols,
  }: { length?: number; timeFs?: number; velocities?: Float64Array; symbols?: readonly string[] } = {},
): Frame {
  const numbers = symbols?.map(atomicNumber) ?? new Array<number>(positions.length / 3).fill(29);
  const cell = length === undefined ? undefined : [length, 0, 0, 0, length, 0, 0, 0, length];
  return { ...createStructure({ numbers, positions, cell, velocities }), timeFs };
}
