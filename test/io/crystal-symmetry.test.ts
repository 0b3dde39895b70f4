import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findSymmetry } from '../../src/io/crystal-symmetry.js';
import { multiplyRows } from '../../src/structure/cell.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { sharedPath } from '../helpers/shared.js';

interface SymmetryCase {
  readonly name: string;
  readonly symbols: string[];
  readonly cell: number[][];
  readonly scaled_positions: number[][];
  readonly number: number;
  readonly n_operations: number;
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

function crystal({ symbols, cell, scaled_positions }: Pick<SymmetryCase, 'symbols' | 'cell' | 'scaled_positions'>): Structure {
  return createStructure({ symbols, cell, positions: multiplyRows(scaled_positions.flat(), cell.flat()) });
}

describe('findSymmetry', () => {
  it('finds the group and operations of rutile, which take every atom to one of its kind', () => {
    const { number, symbol, operations } = findSymmetry(rutile);
    expect([number, symbol.replaceAll(' ', ''), operations.length]).toEqual([136, 'P4_2/mnm', 16]);
    for (const { rotation, translation } of operations) {
      const oxygen = [0.305, 0.305, 0];
      const image = [0, 1, 2].map((row) => oxygen.reduce((sum, value, k) => sum + rotation[3 * row + k] * value, translation[row]));
      const found = [2, 3, 4, 5].some((atom) => {
        const place = multiplyRows(rutile.positions.subarray(3 * atom, 3 * atom + 3), [1 / 4.6, 0, 0, 0, 1 / 4.6, 0, 0, 0, 1 / 2.95]);
        return place.every((value, axis) => Math.abs(value - image[axis] - Math.round(value - image[axis])) < 1e-9);
      });
      expect(found).toBe(true);
    }
  });

  it('refuses what is not periodic in all directions', () => {
    expect(() => findSymmetry({ ...rutile, pbc: [true, true, false] })).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  const path = sharedPath('reference/physics/symmetry.json');
  it('agrees with the reference', ({ skip }) => {
    if (path === undefined) return skip('the shared reference symmetry.json is not there');
    const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: SymmetryCase[] }; // the file's own format
    expect(cases.length).toBeGreaterThan(10);
    for (const reference of cases) {
      const { number, operations } = findSymmetry(crystal(reference));
      expect([reference.name, number, operations.length]).toEqual([reference.name, reference.number, reference.n_operations]);
    }
  });
});
