import { LammError } from '../errors.js';
import { type AtomProperty, createStructure, type Structure } from './structure.js';

/**
 * Repeats a structure along its lattice vectors; per-atom columns are repeated, labels and frame values are left behind
 * as they belong to the small cell.  Copies come in the order of the first, then the second, then the third vector.
 *
 * @throws {LammError} `usage` when a count is not a positive whole number, or repeats a direction that has no lattice vector.
 */
export function repeatStructure(structure: Structure, counts: readonly [number, number, number]): Structure {
  assertCounts(structure, counts);
  const { cell, positions } = structure;
  const copies: Float64Array[] = [];
  for (let i = 0; i < counts[0]; i++) {
    for (let j = 0; j < counts[1]; j++) {
      for (let k = 0; k < counts[2]; k++) {
        copies.push(
          positions.map(
            (value, index) => value + i * cell[index % 3] + j * cell[3 + (index % 3)] + k * cell[6 + (index % 3)],
          ),
        );
      }
    }
  }
  const repeat = (values: ArrayLike<number>) => copies.flatMap(() => Array.from(values));
  return createStructure({
    numbers: repeat(structure.numbers),
    positions: copies.flatMap((copy) => Array.from(copy)),
    cell: cell.map((value, index) => value * counts[Math.floor(index / 3)]),
    pbc: structure.pbc,
    masses: repeat(structure.masses),
    ...(structure.velocities && { velocities: repeat(structure.velocities) }),
    ...(structure.fixed && { fixed: repeat(structure.fixed) }),
    arrays: Object.fromEntries(
      Object.entries(structure.arrays).map(([key, column]) => [key, repeatColumn(column, copies.length)]),
    ),
  });
}

function repeatColumn(column: AtomProperty, times: number): AtomProperty {
  const { values } = column;
  if (values instanceof Float64Array) {
    const repeated = new Float64Array(values.length * times);
    for (let copy = 0; copy < times; copy++) repeated.set(values, copy * values.length);
    return { ...column, values: repeated };
  }
  const all: (string | boolean)[] = Array.from({ length: times }, () => [...values]).flat();
  return { ...column, values: all as AtomProperty['values'] }; // all strings or all booleans, as before
}

function assertCounts({ cell }: Structure, counts: readonly number[]): void {
  counts.forEach((count, axis) => {
    const hasVector = cell.subarray(3 * axis, 3 * axis + 3).some((value) => value !== 0);
    if (Number.isInteger(count) && count >= 1 && (count === 1 || hasVector)) return;
    const reason = hasVector ? 'a positive whole number' : '1, as there is no lattice vector to repeat along';
    throw new LammError('usage', `supercell: expected ${reason} for direction ${axis + 1}, found ${count}`, {
      quantity: 'supercell',
    });
  });
}
