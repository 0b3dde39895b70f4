import { describe, expect, it } from 'vitest';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { relax } from '../../../md/relax/relax.js';
import type { RelaxOptions } from '../../../md/relax/relax-settings.js';
import { cellVolume } from '../../../src/structure/cell.js';
import { createStructure } from '../../../src/structure/structure.js';
import { rattledCopper } from '../../helpers/copper.js';

const calculator = createCalculator('emt');
const crystal = rattledCopper(1, { cell: [3.8, 0.1, 0, 0, 3.5, 0, 0.05, 0, 3.6] });
const fmax = 1e-3;

const relaxed = async (options: RelaxOptions) =>
  (await relax(crystal, calculator, { fmax, ...options })).structure.cell;

describe('relaxing a cell', () => {
  it.each(['unit-cell', 'exp-cell', 'strain'] as const)(
    'keeps its shape when only the volume may change: %s',
    async (cell) => {
      const end = await relaxed({ cell, hydrostatic: true });
      const factor = end[0] / crystal.cell[0];
      expect(Math.abs(factor - 1)).toBeGreaterThan(0.002);
      end.forEach((value, i) => expect(value).toBeCloseTo(factor * crystal.cell[i], 10));
    },
  );

  it('keeps its volume when only the shape may change', async () => {
    const end = await relaxed({ cell: 'exp-cell', constantVolume: true });
    expect(cellVolume(end)).toBeCloseTo(cellVolume(crystal.cell), 9);
    // the rest of the stress is a pressure
    const { stress = [] } = await calculator.calculate(
      (await relax(crystal, calculator, { fmax, cell: 'exp-cell', constantVolume: true })).structure,
    );
    expect(Math.abs(stress[0] - stress[1])).toBeLessThan(1e-4);
    expect(Math.abs(stress[0])).toBeGreaterThan(1e-3);
  });

  it.each(['unit-cell', 'strain'] as const)('changes only the strains of the mask: %s', async (cell) => {
    const end = await relaxed({ cell, strainMask: [0, 1, 0, 0, 0, 0] });
    for (const i of [0, 2, 3, 5, 6, 8]) expect(end[i]).toBe(crystal.cell[i]);
    expect(Math.abs(end[4] - crystal.cell[4])).toBeGreaterThan(0.01);
  });

  it('leaves the atoms their place in the cell when it is strained alone', async () => {
    const { structure } = await relax(crystal, calculator, { fmax, cell: 'strain' });
    const box = createStructure({ symbols: ['Cu'], positions: [0, 0, 0], cell: structure.cell });
    expect(cellVolume(box.cell)).not.toBe(cellVolume(crystal.cell));
    const { stress = [] } = await calculator.calculate(structure);
    for (const component of stress) expect(Math.abs(component)).toBeLessThan(fmax / cellVolume(structure.cell) + 1e-9);
  });

  it.each([
    { strainMask: [1, 1, 1] },
    { strainMask: [1, 1, 1, 0, 0, 0.5] },
    { hydrostatic: true, constantVolume: true },
  ])('refuses %o', async (freedom) => {
    await expect(relaxed({ cell: 'unit-cell', ...freedom })).rejects.toMatchObject({ code: 'usage' });
  });
});
