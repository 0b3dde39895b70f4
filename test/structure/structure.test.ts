import { describe, expect, it } from 'vitest';
import { completeCell, hasVolume } from '../../src/structure/cell.js';
import { adoptStructure, createStructure, type StructureInput } from '../../src/structure/structure.js';

const input = {
  numbers: Uint8Array.of(29, 1),
  positions: Float64Array.of(0, 0, 0, 1, 2, 3),
  cell: Float64Array.of(4, 0, 0, 0, 5, 0, 0, 0, 6),
  masses: Float64Array.of(63, 2),
  velocities: new Float64Array(6),
};
const builders = { createStructure, adoptStructure };

describe('a new structure', () => {
  it('has arrays of its own, or those that the caller gives away', () => {
    const [copied, adopted] = [createStructure(input), adoptStructure(input)];
    expect(copied).toEqual(adopted);
    for (const key of ['numbers', 'positions', 'cell', 'masses', 'velocities'] as const) {
      expect(copied[key]).not.toBe(input[key]);
      expect(adopted[key]).toBe(input[key]);
    }
  });

  it('has the masses of its elements, also where structures share them', () => {
    const shared = {};
    const massesOf = (...symbols: string[]) =>
      adoptStructure({ symbols, positions: symbols.map((_, atom) => [atom, 0, 0]) }, shared).masses;
    const copper = massesOf('Cu', 'O');
    expect(massesOf('Cu', 'O')).toBe(copper);
    expect(adoptStructure({ symbols: ['Cu', 'O'], positions: [0, 0, 0, 1, 0, 0] }).masses).not.toBe(copper);
    expect([...massesOf('O', 'Cu')]).toEqual([...copper].reverse());
    expect([...massesOf('O')]).toEqual([copper[1]]);
    const own = createStructure({ symbols: ['O'], positions: [[0, 0, 0]] }).masses;
    own[0] = 18;
    expect([...massesOf('O')]).toEqual([copper[1]]);
  });

  it('is made of lists as well', () => {
    const lists = {
      numbers: [29, 1],
      positions: [
        [0, 0, 0],
        [1, 2, 3],
      ],
      cell: [4, 0, 0, 0, 5, 0, 0, 0, 6],
    };
    expect(adoptStructure(lists)).toEqual(createStructure(lists));
    expect(adoptStructure(lists).positions).toEqual(input.positions);
  });

  const refused: [what: string, change: Partial<StructureInput>, message: RegExp][] = [
    [
      'a position that is not finite',
      { positions: Float64Array.of(0, 0, 0, 1, Number.NaN, 3) },
      /positions must be finite, found NaN in row 2/,
    ],
    ['too few positions', { positions: new Float64Array(3) }, /expected 6 numbers for positions, found 3/],
    ['an unknown element', { numbers: Uint8Array.of(29, 0) }, /expected atomic numbers 1 to \d+, found 0/],
    [
      'an infinite cell',
      { cell: Float64Array.of(4, 0, 0, 0, 5, 0, 0, 0, Number.POSITIVE_INFINITY) },
      /cell must be finite/,
    ],
    ['a flat cell', { cell: Float64Array.of(4, 0, 0, 0, 5, 0, 4, 5, 0) }, /the cell has no volume/],
    [
      'a periodic direction without a vector',
      { cell: Float64Array.of(4, 0, 0, 0, 5, 0, 0, 0, 1e-7) },
      /periodic along lattice vector 3/,
    ],
  ];
  it.each(refused)('is refused with %s', (_, change, message) => {
    for (const build of Object.values(builders)) expect(() => build({ ...input, ...change })).toThrow(message);
  });

  it('may lack a vector along a direction that is not periodic', () => {
    const cell = Float64Array.of(4, 0, 0, 0, 5, 0, 0, 0, 0);
    for (const build of Object.values(builders))
      expect(build({ ...input, cell, pbc: [true, true, false] }).cell).toEqual(cell);
  });
});

describe('a cell', () => {
  it('has a volume when no vector is zero and they do not lie in a plane, however small they are', () => {
    expect(hasVolume([1e-3, 0, 0, 0, -1e-3, 0, 1, 1, 1e-3])).toBe(true);
    expect(hasVolume([1, 0, 0, 0, 1, 0, 1, 1, 1e-10])).toBe(false);
    expect(hasVolume([1, 0, 0, 0, 1, 0, 0, 0, 0])).toBe(false);
    expect(hasVolume(new Float64Array(9))).toBe(false);
  });

  it('is completed by a copy', () => {
    expect(completeCell(input.cell)).toEqual(input.cell);
    expect(completeCell(input.cell)).not.toBe(input.cell);
    expect(completeCell([0, 0, 2, 0, 3, 0, 0, 0, 0])).toEqual(Float64Array.of(0, 0, 2, 0, 3, 0, -1, 0, 0));
  });
});
