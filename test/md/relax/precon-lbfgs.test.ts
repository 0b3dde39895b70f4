import { describe, expect, it } from 'vitest';
import { createEmt } from '../../../calculators/emt.js';
import { relax } from '../../../md/relax/relax.js';
import type { OptimizerName } from '../../../md/relax/relax-settings.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { repeatStructure } from '../../../src/structure/supercell.js';

const emt = createEmt({ threads: 1 });

/** Sheared and compressed copper with atoms off their places; `size` x `size` x `size` cells alike. */
function strainedCopper(size: number) {
  const random = createRandom(4);
  const places = [0, 0, 0, 0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0].map((value) => value + 0.05 * random.normal());
  const cell = [3.75, 0.1, 0, 0, 3.4, 0, 0, 0.15, 3.8];
  return repeatStructure(createStructure({ symbols: Array(4).fill('Cu'), positions: places, cell }), [
    size,
    size,
    size,
  ]);
}

const relaxed = (size: number, optimizer: OptimizerName, cell: 'unit-cell' | 'exp-cell') =>
  relax(strainedCopper(size), emt, { optimizer, cell, fmax: 0.01 });

describe('preconditioned L-BFGS', () => {
  it.each(['unit-cell', 'exp-cell'] as const)('needs about as many steps for a supercell: %s', async (cell) => {
    const [one, many] = [await relaxed(1, 'precon-lbfgs', cell), await relaxed(3, 'precon-lbfgs', cell)];
    expect(one.converged && many.converged).toBe(true);
    expect(many.energy / 27).toBeCloseTo(one.energy, 3);
    expect(many.step).toBeLessThan(2 * one.step);
  });

  it('finds the minimum of plain L-BFGS in fewer steps', async () => {
    const [plain, scaled] = [await relaxed(3, 'lbfgs', 'unit-cell'), await relaxed(3, 'precon-lbfgs', 'unit-cell')];
    expect(scaled.energy).toBeCloseTo(plain.energy, 2);
    expect(scaled.step).toBeLessThan(plain.step / 2);
  });
});
