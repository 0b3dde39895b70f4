import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { determinant3 } from '../../src/linalg/matrix3.js';
import { multiplyRows } from '../../src/structure/cell.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { findSymmetry, standardCell } from '../../src/structure/symmetry.js';
import { sharedPath } from '../helpers/shared.js';

interface SymmetryCase {
  readonly name: string;
  readonly symbols: string[];
  readonly cell: number[][];
  readonly scaled_positions: number[][];
  readonly number: number;
  readonly n_operations: number;
  readonly international: string;
  readonly hall_number: number;
  readonly pointgroup: string;
  readonly primitive_natoms: number;
  readonly std_natoms: number;
  readonly std_lattice: number[][];
}

const rutile = crystal({
  symbols: ['Ti', 'Ti', 'O', 'O', 'O', 'O'],
  cell: [
    [4.6, 0, 0],
    [0, 4.6, 0],
    [0, 0, 2.95],
  ],
  scaled_positions: [
    [0, 0, 0],
    [0.5, 0.5, 0.5],
    [0.305, 0.305, 0],
    [0.695, 0.695, 0],
    [0.195, 0.805, 0.5],
    [0.805, 0.195, 0.5],
  ],
});

function crystal({
  symbols,
  cell,
  scaled_positions,
}: Pick<SymmetryCase, 'symbols' | 'cell' | 'scaled_positions'>): Structure {
  return createStructure({ symbols, cell, positions: multiplyRows(scaled_positions.flat(), cell.flat()) });
}

describe('findSymmetry', () => {
  it('finds the group and operations of rutile, which take every atom to one of its kind', () => {
    const { number, symbol, operations } = findSymmetry(rutile);
    expect([number, symbol.replaceAll(' ', ''), operations.length]).toEqual([136, 'P4_2/mnm', 16]);
    for (const { rotation, translation } of operations) {
      const oxygen = [0.305, 0.305, 0];
      const image = [0, 1, 2].map((row) =>
        oxygen.reduce((sum, value, k) => sum + rotation[3 * row + k] * value, translation[row]),
      );
      const found = [2, 3, 4, 5].some((atom) => {
        const place = multiplyRows(rutile.positions.subarray(3 * atom, 3 * atom + 3), [
          1 / 4.6,
          0,
          0,
          0,
          1 / 4.6,
          0,
          0,
          0,
          1 / 2.95,
        ]);
        return place.every((value, axis) => Math.abs(value - image[axis] - Math.round(value - image[axis])) < 1e-9);
      });
      expect(found).toBe(true);
    }
  });

  it('refuses what is not periodic in all directions', () => {
    expect(() => findSymmetry({ ...rutile, pbc: [true, true, false] })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });

  const path = sharedPath('reference/physics/symmetry.json');
  it('agrees with the reference', ({ skip }) => {
    if (path === undefined) return skip('the shared reference symmetry.json is not there');
    const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: SymmetryCase[] }; // the file's own format
    expect(cases.length).toBeGreaterThan(10);
    for (const reference of cases) {
      const { number, symbol, hallNumber, pointGroup, operations } = findSymmetry(crystal(reference));
      const found = { number, symbol: symbol.replaceAll(' ', ''), hallNumber, pointGroup, count: operations.length };
      const { international, hall_number, pointgroup, n_operations } = reference;
      const expected = { symbol: international, hallNumber: hall_number, pointGroup: pointgroup, count: n_operations };
      expect({ name: reference.name, ...found }).toEqual({
        name: reference.name,
        number: reference.number,
        ...expected,
      });
    }
  });

  it('gives standard cells of the size and lengths of the reference', ({ skip }) => {
    if (path === undefined) return skip('the shared reference symmetry.json is not there');
    const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: SymmetryCase[] }; // the file's own format
    for (const reference of cases) {
      const conventional = standardCell(crystal(reference), 'conventional');
      const primitive = standardCell(crystal(reference), 'primitive');
      expect([reference.name, conventional.numbers.length, primitive.numbers.length]).toEqual([
        reference.name,
        reference.std_natoms,
        reference.primitive_natoms,
      ]);
      if (reference.number <= 15) continue; // the reduced cell of a triclinic or monoclinic crystal is a matter of choice
      const lengths = [0, 1, 2].map((row) => Math.hypot(...conventional.cell.subarray(3 * row, 3 * row + 3)));
      reference.std_lattice.forEach((row, axis) => {
        expect(lengths[axis]).toBeCloseTo(Math.hypot(...row), 3);
      });
    }
  });
});

describe('standardCell', () => {
  it.each(['primitive', 'conventional'] as const)(
    'keeps the crystal: its %s cell has its group and density',
    (kind) => {
      const copper = crystal({
        symbols: ['Cu', 'Cu'],
        cell: [
          [0, 1.8, 1.8],
          [1.8, 0, 1.8],
          [3.6, 3.6, 0],
        ],
        scaled_positions: [
          [0.1, 0.2, 0.3],
          [0.1, 0.2, 0.8],
        ],
      });
      const structure = standardCell(copper, kind);
      expect(structure.numbers.length).toBe(kind === 'primitive' ? 1 : 4);
      expect(findSymmetry(structure).number).toBe(225);
      expect(Math.abs(determinant3(structure.cell)) / structure.numbers.length).toBeCloseTo(3.6 ** 3 / 4, 10);
    },
  );

  it('keeps the handedness of quartz, and puts atoms on their places', () => {
    const [a, c, x] = [4.91, 5.4, 0.465];
    const silicon = [
      [x, 0, 1 / 3 + 2e-4],
      [0, x, 2 / 3],
      [1 - x, 1 - x, 0],
    ];
    const left = crystal({
      symbols: ['Si', 'Si', 'Si'],
      cell: [
        [a, 0, 0],
        [-a / 2, (a * Math.sqrt(3)) / 2, 0],
        [0, 0, c],
      ],
      scaled_positions: silicon,
    });
    const loose = findSymmetry(left, 0.01).number;
    expect(findSymmetry(left, 1e-5).number).toBeLessThan(loose);
    expect(findSymmetry(standardCell(left, 'conventional', 0.01), 1e-5).number).toBe(loose);
  });
});
