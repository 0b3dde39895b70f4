import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRowSearch, findPairs, joinRows } from '../../src/neighbors/pair-search.js';
import { systemOf } from './systems.js';

const coordinate = fc.double({ min: -12, max: 12, noNaN: true });

it.each([1e11, 1e15, 1e100, 1e308])('a cutoff of %d A is refused, as there is no room for its pairs', (cutoff) => {
  const system = systemOf([0, 0, 0], [4, 0, 0, 0, 4, 0, 0, 0, 4], [true, true, true]);
  expect(() => findPairs(system, cutoff)).toThrow(/would need about .* GB of memory, .* choose a shorter cutoff/);
  const alone = systemOf([0, 0, 0, 3, 0, 0], [4, 0, 0, 0, 4, 0, 0, 0, 4], [false, false, false]);
  expect(findPairs(alone, cutoff).pairCount).toBe(1);
});

describe('rows of pairs', () => {
  it('of any ranges of atoms join to the pairs of all atoms, in small and skewed cells and without', () => {
    const systems = fc.record({
      positions: fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 1, maxLength: 30 }),
      skew: fc.double({ min: -3, max: 3, noNaN: true }),
      pbc: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      cuts: fc.array(fc.nat(30), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(systems, ({ positions, skew, pbc, cuts }) => {
        const system = systemOf(positions.flat(), [4, 0, 0, skew, 5, 0, 0, skew, 9], pbc);
        const findRows = createRowSearch(system, 4.2);
        const bounds = [0, ...cuts.map((cut) => Math.min(cut, positions.length)), positions.length].sort(
          (a, b) => a - b,
        );
        const parts = bounds.slice(1).map((end, k) => findRows({ first: bounds[k], end }));
        expect(joinRows(parts)).toEqual(findPairs(system, 4.2));
      }),
    );
  });
});
