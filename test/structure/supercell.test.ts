import { describe, expect, it } from 'vitest';
import { createStructure } from '../../src/structure/structure.js';
import { repeatStructure } from '../../src/structure/supercell.js';

const cell = [3, 0, 0, 1, 4, 0, 0, 0.5, 5];
const structure = createStructure({
  symbols: ['Na', 'Cl'],
  positions: [0.1, 0.2, 0.3, 1.5, 2, 2.5],
  cell,
  masses: [22, 35],
  velocities: [1, 2, 3, 4, 5, 6],
  fixed: [1, 0, 0, 0, 0, 0],
  labels: { energy: -1 },
  info: { note: 'x' },
  arrays: { site: { width: 1, values: ['a', 'b'] }, charge: { width: 1, values: Float64Array.of(1, -1) } },
});

describe('repeatStructure', () => {
  it('shifts copies by whole lattice vectors and repeats what belongs to atoms', () => {
    const large = repeatStructure(structure, [2, 1, 3]);
    expect([...large.cell]).toEqual([6, 0, 0, 1, 4, 0, 0, 1.5, 15]);
    expect([...large.numbers]).toEqual(Array(6).fill([11, 17]).flat());
    const shifts = [0, 1].flatMap((i) => [0, 1, 2].map((k) => [3 * i, 0.5 * k, 5 * k]));
    shifts.forEach(([x, y, z], copy) => {
      const expected = [0.1 + x, 0.2 + y, 0.3 + z, 1.5 + x, 2 + y, 2.5 + z];
      large.positions
        .subarray(6 * copy, 6 * copy + 6)
        .forEach((value, i) => expect(value).toBeCloseTo(expected[i], 14));
    });
    expect([...large.masses.subarray(2, 4)]).toEqual([22, 35]);
    expect(large.velocities?.[7]).toBe(2);
    expect(large.fixed?.[30]).toBe(1);
    expect(large.arrays.site.values).toEqual(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b']);
    expect(large.arrays.charge.values).toEqual(Float64Array.of(1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1));
  });

  it('leaves the energy label of the small cell behind', () => {
    expect(repeatStructure(structure, [2, 1, 1]).labels).toEqual({});
  });

  it.each([[[0, 1, 1]], [[1.5, 1, 1]], [[1, -2, 1]]] as const)('refuses %o', (counts) => {
    expect(() => repeatStructure(structure, counts)).toThrow('positive whole number');
  });

  it('refuses to repeat along a direction without a lattice vector', () => {
    const slab = createStructure({
      symbols: ['Cu'],
      positions: [0, 0, 0],
      cell: [3, 0, 0, 0, 3, 0, 0, 0, 0],
      pbc: [true, true, false],
    });
    expect(repeatStructure(slab, [2, 2, 1]).numbers).toHaveLength(4);
    expect(() => repeatStructure(slab, [1, 1, 2])).toThrow('no lattice vector');
  });
});
