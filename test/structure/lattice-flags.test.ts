import { describe, expect, it } from 'vitest';
import { applyRestraint, createRestraint } from '../../md/state/constraints.js';
import { heldByFlags, latticeFlagsOf } from '../../src/structure/lattice-flags.js';
import { createStructure } from '../../src/structure/structure.js';

const skewed = [4, 0, 0, 1.5, 3.5, 0, 0.5, 1, 5];
const cells = { 'along the axes': [4, 0, 0, 0, 3, 0, 0, 0, 5], skewed, turned: [0, 4, 0, 0, 0, 3, 5, 0, 0] };
/** All flags that three directions may have, an atom each. */
const flags = Uint8Array.from({ length: 24 }, (_, index) => (Math.floor(index / 3) >> (index % 3)) & 1);
const atomCount = flags.length / 3;
const crystal = (cell: number[], held: ReturnType<typeof heldByFlags>) =>
  createStructure({
    symbols: new Array<string>(atomCount).fill('Cu'),
    positions: Float64Array.from({ length: 3 * atomCount }, (_, index) => 0.4 * index),
    cell,
    ...held,
  });

describe.each(Object.entries(cells))('flags of selective dynamics in a cell %s', (_, cell) => {
  it('let an atom move along the lattice vectors that are free, and nowhere else', () => {
    const structure = crystal(cell, heldByFlags(flags, cell));
    for (let atom = 0; atom < atomCount; atom++) {
      const held = [0, 1, 2].filter((axis) => flags[3 * atom + axis] === 1);
      for (const axis of [0, 1, 2]) {
        const vector = cell.slice(3 * axis, 3 * axis + 3);
        const vectors = new Float64Array(3 * atomCount);
        vectors.set(vector, 3 * atom);
        applyRestraint(createRestraint(structure), vectors, structure.masses);
        const left = vectors.subarray(3 * atom, 3 * atom + 3);
        const fractional = fractionsOf(left, cell);
        if (!held.includes(axis)) expect(Math.hypot(...left.map((value, i) => value - vector[i]))).toBeLessThan(1e-12);
        for (const other of held) expect(Math.abs(fractional[other])).toBeLessThan(1e-12);
      }
    }
  });

  it('come back from what they hold', () => {
    expect(latticeFlagsOf(heldByFlags(flags, cell), { cell, atomCount })).toEqual({ flags, isExact: true });
  });
});

it('cannot say what holds an atom along other directions: it is free, and that is known', () => {
  const constraints = [{ kind: 'plane', atoms: [1], normal: [1, 2, 3] }] as const;
  const found = latticeFlagsOf(
    { fixed: Uint8Array.of(1, 1, 1, 0, 0, 0, 0, 0, 1), constraints },
    { cell: skewed, atomCount: 3 },
  );
  expect(found?.isExact).toBe(false);
  expect([...(found?.flags ?? [])]).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 1]); // a and b lie in the plane z = 0 here
  expect(latticeFlagsOf({ fixed: Uint8Array.of(1, 0, 0) }, { cell: skewed, atomCount: 1 })?.isExact).toBe(false);
  expect(latticeFlagsOf({}, { cell: skewed, atomCount: 1 })).toBeUndefined();
});

/** Along the lattice vectors, by Cramer's rule. */
function fractionsOf(vector: ArrayLike<number>, cell: readonly number[]): number[] {
  const rows = [0, 1, 2].map((row) => cell.slice(3 * row, 3 * row + 3));
  const volume = tripleOf(rows);
  return rows.map(
    (_, axis) => tripleOf(rows.map((row, index) => (index === axis ? Array.from(vector) : row))) / volume,
  );
}

function tripleOf([a, b, c]: readonly (readonly number[])[]): number {
  return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}
