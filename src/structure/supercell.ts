import { LammError } from '../errors.js';
import { assertMemory } from '../memory.js';
import { type AtomProperty, createStructure, type Structure } from './structure.js';

/**
 * Repeats a structure along its lattice vectors; per-atom columns are repeated, labels and frame values are left behind
 * as they belong to the small cell.  Copies come in the order of the first, then the second, then the third vector.
 *
 * @throws {LammError} `usage` when there would be more atoms than the memory holds, when a count is not a positive
 *   whole number, or repeats a direction that has no lattice vector.
 */
export function repeatStructure(structure: Structure, counts: readonly [number, number, number]): Structure {
  assertCounts(structure, counts);
  assertSize(structure.numbers.length * counts[0] * counts[1] * counts[2]);
  const { cell, positions } = structure;
  const copyCount = counts[0] * counts[1] * counts[2];
  const repeat = (values: ArrayLike<number>) => repeated(values, copyCount);
  return createStructure({
    numbers: repeat(structure.numbers),
    positions: repeatPositions(positions, cell, counts),
    cell: cell.map((value, index) => value * counts[Math.floor(index / 3)]),
    pbc: structure.pbc,
    masses: repeat(structure.masses),
    ...(structure.velocities && { velocities: repeat(structure.velocities) }),
    ...(structure.fixed && { fixed: repeat(structure.fixed) }),
    ...(structure.constraints && {
      constraints: structure.constraints.map((constraint) => ({
        ...constraint,
        atoms: Array.from({ length: copyCount }, (_, copy) =>
          constraint.atoms.map((atom) => atom + copy * structure.numbers.length),
        ).flat(),
      })),
    }),
    arrays: Object.fromEntries(
      Object.entries(structure.arrays).map(([key, column]) => [key, repeatColumn(column, copyCount)]),
    ),
  });
}

function repeatPositions(positions: Float64Array, cell: Float64Array, counts: readonly number[]): Float64Array {
  const all = new Float64Array(positions.length * counts[0] * counts[1] * counts[2]);
  let next = 0;
  for (let i = 0; i < counts[0]; i++) {
    for (let j = 0; j < counts[1]; j++) {
      for (let k = 0; k < counts[2]; k++) {
        for (let index = 0; index < positions.length; index++) {
          const axis = index % 3;
          all[next++] = positions[index] + i * cell[axis] + j * cell[3 + axis] + k * cell[6 + axis];
        }
      }
    }
  }
  return all;
}

function repeated(values: ArrayLike<number>, times: number): Float64Array {
  const all = new Float64Array(values.length * times);
  for (let copy = 0; copy < times; copy++) all.set(values, copy * values.length);
  return all;
}

function repeatColumn(column: AtomProperty, times: number): AtomProperty {
  const { values } = column;
  if (values instanceof Float64Array) return { ...column, values: repeated(values, times) };
  const all: (string | boolean)[] = Array.from({ length: times }, () => [...values]).flat();
  return { ...column, values: all as AtomProperty['values'] }; // all strings or all booleans, as before
}

/**
 * A calculation takes about this for each atom, with the simplest potential; and more atoms than this have more pairs
 * than can be numbered.
 */
const bytesOfAtom = 1000;
const maxAtoms = 2 ** 26;

function assertSize(atomCount: number): void {
  const [quantity, remedy] = ['supercell', 'repeat the cell less often'];
  assertMemory({ bytes: bytesOfAtom * atomCount, what: `a supercell of ${atomCount} atoms`, remedy, quantity });
  if (atomCount <= maxAtoms) return;
  const message = `supercell: expected at most ${maxAtoms} atoms, which alone take ${(bytesOfAtom * maxAtoms) / 1e9} GB, found ${atomCount}; ${remedy}`;
  throw new LammError('usage', message, { quantity });
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
