import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createEmt } from '../../../calculators/emt.js';
import { relax } from '../../../md/relax/relax.js';
import { applyRestraint, createRestraint } from '../../../md/state/constraints.js';
import { parseJsonDatabase } from '../../../src/io/ase/json-database.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { formatExtxyz, parseExtxyz } from '../../../src/io/xyz/extxyz.js';
import type { Structure } from '../../../src/structure/structure.js';
import { repeatStructure } from '../../../src/structure/supercell.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/io/ase/${name}`, import.meta.url));

/** Two atoms in a skewed cell, with these constraints in the words of ASE. */
function withConstraints(...constraints: object[]): Structure {
  const row = {
    numbers: [1, 8],
    positions: [
      [0, 0, 0],
      [1, 1, 1],
    ],
    cell: [
      [4, 0, 0],
      [1, 4, 0],
      [0, 1, 4],
    ],
    pbc: [true, true, true],
    constraints,
  };
  return parseJsonDatabase(JSON.stringify({ ids: [1], 1: row }))[0];
}

/** What is left of a step of (1, 2, 3) of each atom. */
function allowed(structure: Structure): number[] {
  const step = Float64Array.of(1, 2, 3, 1, 2, 3);
  applyRestraint(createRestraint(structure), step, structure.masses);
  return [...step].map((value) => Number(value.toFixed(9)) + 0);
}

const free = [1, 2, 3];

describe('constraints of ASE', () => {
  it.each([
    ['FixAtoms', { indices: [1] }, [...free, 0, 0, 0]],
    ['FixAtoms', { indices: [-1] }, [...free, 0, 0, 0]],
    ['FixAtoms', { mask: [false, true] }, [...free, 0, 0, 0]],
    ['FixCartesian', { a: [0], mask: [true, false, true] }, [0, 2, 0, ...free]],
    ['FixCartesian', { a: 0, mask: [1, 0, 0] }, [0, 2, 3, ...free]],
    ['FixedPlane', { indices: [1], direction: [0, 0, 2] }, [...free, 1, 2, 0]],
    ['FixedPlane', { a: 1, direction: [0, 0, 1] }, [...free, 1, 2, 0]],
    ['FixedLine', { indices: [0], direction: [0, 1, 1] }, [0, 2.5, 2.5, ...free]],
    ['FixScaled', { a: [0], mask: [true, true, true] }, [0, 0, 0, ...free]],
    ['FixScaled', { a: [0], mask: [false, true, true] }, [1, 0, 0, ...free]], // along the first vector, x
    ['FixScaled', { a: 0, mask: [false, false, true] }, [1, 2, 0, ...free]], // in the plane of the first two, xy
  ])('%s %j holds what it says', (name, kwargs, expected) => {
    expect(allowed(withConstraints({ name, kwargs }))).toEqual(expected);
    expect(allowed(withConstraints({ __name__: `ase.constraints.${name}`, ...kwargs }))).toEqual(expected);
  });

  it('act together, and survive extended XYZ and supercells', () => {
    const structure = withConstraints(
      { name: 'FixedPlane', kwargs: { indices: [0], direction: [0, 0, 1] } },
      { name: 'FixedPlane', kwargs: { indices: [0], direction: [1, 0, 0] } },
      { name: 'Hookean', kwargs: { a1: 0, a2: 1, rt: 1, k: 2 } },
    );
    expect(allowed(structure)).toEqual([0, 2, 0, ...free]);
    const [again] = parseExtxyz(formatExtxyz(structure));
    expect(again.constraints).toEqual(structure.constraints);
    expect(again.info).toEqual(structure.info);
    const { fixed, projections } = createRestraint(repeatStructure(structure, [1, 2, 1]));
    expect([fixed.includes(1), projections.map(({ atom }) => atom)]).toEqual([false, [0, 2]]);
  });

  it.each([
    [
      { name: 'FixedPlane', kwargs: { indices: [2], direction: [0, 0, 1] } },
      /expected atoms 0 to 1 in a constraint, found 2/,
    ],
    [{ name: 'FixedLine', kwargs: { indices: [0] } }, /the direction of FixedLine/],
    [{ name: 'FixedLine', kwargs: { indices: [0], direction: [0, 1] } }, /expected 3 numbers for the direction/],
  ])('that cannot be are refused: %j', (constraint, message) => {
    expect(() => withConstraints(constraint)).toThrow(message);
  });

  it.each(['FixBondLengths', 'Hookean', 'FixCom', 'FixSymmetry', 'FixInternals'])(
    '%s, which nothing here can hold, is kept and told',
    (name) => {
      const structure = withConstraints({ name, kwargs: { pairs: [[0, 1]] } });
      expect(allowed(structure)).toEqual([...free, ...free]);
      const notices: string[] = [];
      const onNotice = (notice: string) => notices.push(notice);
      parseExtxyz(formatExtxyz(structure), { onNotice });
      expect(notices).toEqual([expect.stringContaining(`not held in relaxations and simulations: ${name}`)]);
    },
  );

  it('in a trajectory are told where they are not held, and are not where they are', async () => {
    const noticesOf = async (name: string) => {
      const notices: string[] = [];
      await readStructures(fixture(name), { onNotice: (notice) => notices.push(notice) });
      return notices;
    };
    expect(await noticesOf('fixed-plane.traj')).toEqual([]);
    expect(await noticesOf('hookean.traj')).toEqual([expect.stringContaining('Hookean')]);
  });

  it('lead a relaxation to where ASE comes with them', async () => {
    const [slab] = await readStructures(fixture('fixed-plane.traj'));
    await using calculator = createEmt();
    const { structure, energy } = await relax(slab, calculator, { fmax: 0.01 });
    const moved = [0, 1, 2].map((axis) => structure.positions[15 + axis] - slab.positions[15 + axis]);
    expect(moved[2]).toBe(0);
    expect(moved[0]).toBeCloseTo(0.0202, 3); // ASE, BFGS
    expect(moved[1]).toBeCloseTo(0.0069, 3);
    expect(energy).toBeCloseTo(2.814714, 4);
  });
});
