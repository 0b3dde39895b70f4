import { expect, it } from 'vitest';
import { keptReference } from '../../src/neighbors/verlet-reference.js';
import { createStructure } from '../../src/structure/structure.js';

const range = { cutoff: 4, skin: 0.6 };
const structure = createStructure({
  symbols: ['Cu', 'Cu'],
  positions: [0, 0, 0, 1.8, 1.8, 0],
  cell: [4, 0, 0, 0, 4, 0, 0, 0, 4],
});
const { positions, cell } = structure;

/** The structure with its first atom moved along x. */
function movedBy(distance: number) {
  return { ...structure, positions: positions.map((x, at) => (at === 0 ? x + distance : x)) };
}

it('a system without a reference gets one where it is, which later moves leave as it is', () => {
  const moving = movedBy(0);
  const reference = keptReference(moving, range);
  expect(reference).toEqual({ positions, cell });
  moving.positions[0] = 1;
  moving.cell[0] = 5;
  expect(reference.positions[0]).toBe(0);
});

it('a reference is kept until an atom has moved by half the skin, or the cell has changed too much', () => {
  const reference = { positions: positions.slice(), cell: cell.slice() };
  expect(keptReference({ ...movedBy(0.299), reference }, range)).toBe(reference);
  const far = movedBy(0.301);
  expect(keptReference({ ...far, reference }, range)).toEqual({ positions: far.positions, cell });
  const strained = (factor: number) => ({
    ...structure,
    positions: positions.map((x) => factor * x),
    cell: cell.map((x) => factor * x),
    reference,
  });
  expect(keptReference(strained(1.05), range)).toBe(reference);
  expect(keptReference(strained(1.1), range)).not.toBe(reference);
});

it('a reference of other atoms is not kept', () => {
  const reference = { positions: positions.slice(3), cell };
  expect(keptReference({ ...structure, reference }, range)).toEqual({ positions, cell });
});
