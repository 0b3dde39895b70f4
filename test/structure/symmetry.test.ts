import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { determinant3, multiply3 } from '../../src/linalg/matrix3.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import { createRandom } from '../../src/random.js';
import { cellFromParameters, cellParameters, multiplyRows } from '../../src/structure/cell.js';
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
      if (reference.number <= 2) continue; // the reduced cell of a triclinic crystal is a matter of choice
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

  // Operations of unique axis b on shares, and those with the centring of C.
  const monoclinic: Readonly<Record<string, readonly ((s: readonly number[]) => number[])[]>> = {
    'C2/m': centred([
      (s) => [...s],
      ([x, y, z]) => [-x, y, -z],
      ([x, y, z]) => [-x, -y, -z],
      ([x, y, z]) => [x, -y, z],
    ]),
    'C2/c': centred([
      (s) => [...s],
      ([x, y, z]) => [-x, y, 0.5 - z],
      ([x, y, z]) => [-x, -y, -z],
      ([x, y, z]) => [x, -y, z + 0.5],
    ]),
    Cc: centred([(s) => [...s], ([x, y, z]) => [x, -y, z + 0.5]]),
    C2: centred([(s) => [...s], ([x, y, z]) => [-x, y, -z]]),
    'P2_1/c': [
      (s) => [...s],
      ([x, y, z]) => [-x, y + 0.5, 0.5 - z],
      ([x, y, z]) => [-x, -y, -z],
      ([x, y, z]) => [x, 0.5 - y, z + 0.5],
    ],
  };
  function centred(operations: ((s: readonly number[]) => number[])[]) {
    return [
      ...operations,
      ...operations.map((apply) => (s: readonly number[]) => apply(s).map((v, k) => v + (k < 2 ? 0.5 : 0))),
    ];
  }

  it.each(Object.entries(monoclinic))(
    'finds the usual cell of a monoclinic crystal in any other: %s',
    (_, operations) => {
      const random = createRandom(3);
      const lengths = [9.7, 5.4, 4.9];
      const cell = cellFromParameters(lengths, [90, 91.6, 90]);
      const sites = [
        [0.12, 0.21, 0.33],
        [0.31, 0.07, 0.18],
        [0.44, 0.36, 0.09],
      ];
      const shares = sites.flatMap((site) => operations.map((apply) => apply(site)));
      const symbols = sites.flatMap((_, kind) => operations.map(() => ['Cu', 'O', 'N'][kind]));
      const standard = createStructure({ symbols, positions: multiplyRows(shares.flat(), cell), cell });
      const group = findSymmetry(standard).number;
      for (let trial = 0; trial < 8; trial++) {
        const [n, m] = [0, 1].map(() => Math.round(4 * random.uniform()) - 2);
        const rows = multiply3([1, 0, 0, 0, 1, 0, n, 0, 1], [1, 0, m, 0, 1, 0, 0, 0, 1]); // another basis of the same crystal
        const other = createStructure({ symbols, positions: standard.positions, cell: multiply3(rows, cell) });
        const start = trial % 2 === 0 ? other : standardCell(other, 'primitive');
        const found = standardCell(start, 'conventional');
        const parameters = cellParameters(found.cell);
        expect(findSymmetry(found)).toMatchObject({ number: group });
        expect(found.numbers.length).toBe(standard.numbers.length);
        lengths.forEach((length, axis) => expect(parameters.lengths[axis]).toBeCloseTo(length, 5));
        [90, 91.6, 90].forEach((angle, axis) => expect(parameters.angles[axis]).toBeCloseTo(angle, 4));
        const [here, there] = [found, standard].map(distancesOf);
        expect(here.length).toBe(there.length);
        here.forEach((distance, edge) => expect(distance).toBeCloseTo(there[edge], 4)); // the same crystal
      }
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

/** Distances from atoms to their neighbours within 4 A, sorted. */
function distancesOf(structure: Structure): number[] {
  return Array.from(neighborList(structure, 4).distances).sort((a, b) => a - b);
}
