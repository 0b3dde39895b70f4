import { describe, expect, it } from 'vitest';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { type CellFreedom, cellFilters } from '../../../md/relax/cell-freedom.js';
import { relax } from '../../../md/relax/relax.js';
import { cellVolume, multiplyRows } from '../../../src/structure/cell.js';
import { createStructure, type Structure } from '../../../src/structure/structure.js';
import { GPa } from '../../../src/units.js';

const emt = createCalculator('emt');
const crystal = createStructure({
  symbols: ['Cu', 'Cu', 'Cu', 'Cu'],
  positions: multiplyRows(
    Float64Array.of(0, 0, 0, 0.52, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.51),
    Float64Array.of(3.8, 0.1, 0, 0, 3.5, 0.08, 0.05, 0, 3.6),
  ),
  cell: [3.8, 0.1, 0, 0, 3.5, 0.08, 0.05, 0, 3.6],
});
const places = [[0], [4], [8], [5, 7], [2, 6], [1, 3]] as const;

const freedoms: readonly CellFreedom[] = [
  {},
  { hydrostatic: true },
  { constantVolume: true },
  { strainMask: [1, 0, 0, 0, 0, 0] },
  { strainMask: [0, 0, 0, 1, 1, 1] },
  { strainMask: [1, 1, 0, 0, 0, 1] },
  { strainMask: [1, 1, 0, 0, 0, 0], constantVolume: true },
];
const combinations = freedoms.flatMap((freedom) => cellFilters.map((filter) => ({ filter, freedom })));

describe('the stress that is left of a cell', () => {
  it.each(combinations)(
    'is what drives the strains that may change: $filter, $freedom',
    async ({ filter, freedom }) => {
      const pressureGPa = 2;
      const run = relax(crystal, emt, { cell: filter, pressureGPa, maxSteps: 0, ...freedom });
      const isRefused = filter === 'exp-cell' && freedom.strainMask?.join() === '0,0,0,1,1,1';
      if (isRefused) await expect(run).rejects.toMatchObject({ code: 'usage' });
      else expect((await run).smaxGPa).toBeCloseTo(await largestByDifferences(freedom, pressureGPa), 5);
    },
  );

  it.each(combinations)('vanishes at the end of a relaxation: $filter, $freedom', async ({ filter, freedom }) => {
    if (filter === 'exp-cell' && freedom.strainMask?.join() === '0,0,0,1,1,1') return;
    const options = { cell: filter, fmax: 10, smaxGPa: 1e-3, maxSteps: 500, ...freedom } as const;
    const { converged, smaxGPa } = await relax(crystal, emt, options);
    expect(converged).toBe(true);
    expect(smaxGPa).toBeLessThan(1e-3);
  });

  it('ends no relaxation before it is below its limit, however small the forces', async () => {
    const cubic = 3.594;
    const copper = createStructure({ symbols: ['Cu'], positions: [0, 0, 0], cell: fcc(cubic) });
    const loose = await relax(copper, emt, { cell: 'unit-cell', smaxGPa: 100 });
    const usual = await relax(copper, emt, { cell: 'unit-cell' });
    expect(loose.step).toBe(0); // 0.05 eV/A are half a GPa here
    expect(loose.smaxGPa).toBeGreaterThan(0.3);
    expect(usual.converged).toBe(true);
    expect(usual.smaxGPa).toBeLessThan(0.05);
    expect(cellVolume(usual.structure.cell) / cellVolume(copper.cell)).toBeLessThan(0.998);
  });

  it('has no limit where the cell stays', async () => {
    expect(await relax(crystal, emt, { maxSteps: 0 })).not.toHaveProperty('smaxGPa');
    await expect(relax(crystal, emt, { smaxGPa: 0.1 })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/smaxGPa.*no effect/),
    });
  });
});

function fcc(a: number): number[] {
  return [0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0];
}

/** Largest derivative of the enthalpy by an allowed strain, over the volume, in GPa. */
async function largestByDifferences(freedom: CellFreedom, pressureGPa: number): Promise<number> {
  const { hydrostatic, constantVolume, strainMask = [1, 1, 1, 1, 1, 1] } = freedom;
  const derivatives = await Promise.all(
    places.map(async (of, strain) => strainMask[strain] * (await derivative(of, pressureGPa))),
  );
  const sides = strainMask.slice(0, 3);
  const mean = (derivatives[0] + derivatives[1] + derivatives[2]) / sides.filter(Boolean).length;
  if (hydrostatic) return Math.abs(mean);
  const left = derivatives.map((value, k) => (constantVolume && sides[k] === 1 ? value - mean : value));
  return Math.max(...left.map(Math.abs));
}

async function derivative(of: readonly number[], pressureGPa: number): Promise<number> {
  const step = 1e-5;
  const [above, below] = await Promise.all([step, -step].map((size) => enthalpy(strained(of, size), pressureGPa)));
  return (above - below) / (2 * step) / of.length / cellVolume(crystal.cell) / GPa;
}

async function enthalpy(structure: Structure, pressureGPa: number): Promise<number> {
  const { energy } = await emt.calculate(structure);
  return energy + pressureGPa * GPa * cellVolume(structure.cell);
}

function strained(of: readonly number[], size: number): Structure {
  const deformation = Float64Array.from({ length: 9 }, (_, k) => (k % 4 === 0 ? 1 : 0) + (of.includes(k) ? size : 0));
  const { positions, cell } = crystal;
  return { ...crystal, positions: multiplyRows(positions, deformation), cell: multiplyRows(cell, deformation) };
}
