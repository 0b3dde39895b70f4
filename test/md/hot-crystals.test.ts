import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createCalculator } from '../../calculators/create-calculator.js';
import { runMd } from '../../md/run.js';
import { type MdState, temperature } from '../../md/state/state.js';
import { covalentRadius } from '../../src/covalent-radii.js';
import { readStructures } from '../../src/io/read-structures.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { repeatStructure } from '../../src/structure/supercell.js';

const crystals = await readStructures(fileURLToPath(new URL('../fixtures/md/crystals.extxyz', import.meta.url)));
const calculator = createCalculator('lamm-s', { head: 'crystals', threads: 1 });
afterAll(() => calculator[Symbol.asyncDispose]());

/** A crystal of at least twelve atoms in `share` of its volume. */
function squeezed(crystal: Structure, share: number): Structure {
  const { numbers, cell, positions, pbc } = crystal.numbers.length < 12 ? repeatStructure(crystal, [2, 2, 2]) : crystal;
  const factor = Math.cbrt(share);
  const scaled = (values: Float64Array) => values.map((value) => factor * value);
  return createStructure({ numbers, positions: scaled(positions), cell: scaled(cell), pbc });
}

/** The smallest distance of two atoms as a share of their bond length. */
function closest({ numbers, positions, cell, pbc }: MdState): number {
  const { edgeCount, senders, receivers, distances } = neighborList({ numbers, positions, cell, pbc }, 3);
  const shares = Array.from({ length: edgeCount }, (_, edge) => {
    const bond = covalentRadius(numbers[senders[edge]]) + covalentRadius(numbers[receivers[edge]]);
    return distances[edge] / bond;
  });
  return Math.min(...shares);
}

describe('crystals in three quarters of their volume at 4000 K', () => {
  it.each(crystals.map((crystal) => [String(crystal.info.name), crystal] as const))(
    '%s stays together and hot, and no two atoms fall into each other',
    async (_, crystal) => {
      const options = { ensemble: 'langevin', timestepFs: 0.5, steps: 60, temperatureK: 4000, seed: 1 } as const;
      let last: MdState | undefined;
      for await (const state of runMd(squeezed(crystal, 0.75), calculator, options)) last = state;
      if (last === undefined) throw new Error('no state');
      expect(last.step).toBe(60);
      expect(temperature(last)).toBeLessThan(12_000);
      expect(closest(last)).toBeGreaterThan(0.4);
    },
  );
});
