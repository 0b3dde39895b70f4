import { describe, expect, it } from 'vitest';
import { describeOverlap } from '../../src/neighbors/overlap.js';
import { createStructure } from '../../src/structure/structure.js';

const pair = (distance: number, edge?: number) =>
  createStructure({
    symbols: ['Cu', 'Cu'],
    positions: [0, 0, 0, distance, 0, 0],
    ...(edge !== undefined && { cell: [edge, 0, 0, 0, 9, 0, 0, 0, 9] }),
  });

describe('atoms that lie in one another', () => {
  it.each([
    [pair(0.1), 'atoms 1 and 2 are 0.10 A apart; check the positions'],
    [pair(8.8, 9), 'atoms 1 and 2 are 0.20 A apart; check the positions'],
    [pair(0.2, 0.45), 'atoms 1 and 2 are 0.20 A apart, and 3 pairs more are closer than 0.5 A; check the positions'],
  ])('are named with their distance, across the border of the cell too', (structure, expected) => {
    expect(describeOverlap(structure)).toBe(expected);
  });

  it.each([pair(0.74), pair(2.5), pair(4, 9)])('are not seen in bonds and beyond', (structure) => {
    expect(describeOverlap(structure)).toBeUndefined();
  });

  it('are left to the calculation where they coincide', () => {
    expect(() => describeOverlap(pair(0))).not.toThrow();
  });
});
