import { describe, expect, it } from 'vitest';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { type CellFilter, type CellFreedom, cellFilters } from '../../../md/relax/cell-freedom.js';
import { relax } from '../../../md/relax/relax.js';
import { determinant3, inverse3, multiply3, transpose3 } from '../../../src/linalg/matrix3.js';
import { cellVolume, multiplyRows } from '../../../src/structure/cell.js';
import { createStructure } from '../../../src/structure/structure.js';

const emt = createCalculator('emt');
const fmax = 2e-5;

/**
 * A face-centred crystal of copper in a cell: its atoms lie on centres of inversion, so that the cell alone decides.
 */
function copperIn(cell: readonly number[]) {
  const fractional = Float64Array.of(0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5);
  const positions = multiplyRows(fractional, Float64Array.from(cell));
  return createStructure({ symbols: ['Cu', 'Cu', 'Cu', 'Cu'], positions, cell });
}

const crystal = copperIn([3.8, 0.1, 0, 0, 3.5, 0.08, 0.05, 0, 3.6]);
const places = [[0], [4], [8], [5, 7], [2, 6], [1, 3]] as const;

const masks: Readonly<Record<string, readonly number[] | undefined>> = {
  'no mask': undefined,
  'all strains': [1, 1, 1, 1, 1, 1],
  'stretches alone': [1, 1, 1, 0, 0, 0],
  'in the plane': [1, 1, 0, 0, 0, 1],
  'two sides': [1, 1, 0, 0, 0, 0],
  'one side': [0, 0, 1, 0, 0, 0],
  'a side and its shear': [1, 0, 0, 0, 0, 1],
  'a side and another shear': [1, 0, 0, 1, 0, 0],
  'two shears': [1, 1, 1, 1, 1, 0],
  'shears alone': [0, 0, 0, 1, 1, 1],
  nothing: [0, 0, 0, 0, 0, 0],
};
const kinds: Readonly<Record<string, CellFreedom>> = {
  free: {},
  hydrostatic: { hydrostatic: true },
  'constant volume': { constantVolume: true },
};

/** What is refused, and why; everything else is right. */
function refusalOf(cell: CellFilter, { hydrostatic, constantVolume, strainMask = [1, 1, 1, 1, 1, 1] }: CellFreedom) {
  const [xx, yy, zz, yz, xz, xy] = strainMask;
  const sides = xx + yy + zz;
  const strains = sides + yz + xz + xy;
  if (strains === 0) return /leaves nothing/;
  if (hydrostatic && sides < 3) return /alike/;
  if (constantVolume && sides === 0) return /shears alone/;
  if (constantVolume && strains === 1) return /leave nothing/;
  // the exponential of a matrix in a plane stays there only when it may be any matrix of that plane, and that of two
  // planes is in all three
  const shears = yz + xz + xy;
  const isWhole =
    shears === 0 ||
    (shears === 3 && sides === 3) ||
    (shears === 1 && yz * (yy + zz) + xz * (xx + zz) + xy * (xx + yy) === 2);
  return cell === 'exp-cell' && !isWhole ? /take the filter unit-cell/ : undefined;
}

const combinations = Object.entries(kinds).flatMap(([kind, freedom]) =>
  Object.entries(masks).flatMap(([mask, strainMask]) =>
    cellFilters.map((filter) => ({ kind, mask, filter, freedom: { ...freedom, strainMask } })),
  ),
);

describe('filters of a cell with what may change of it', () => {
  it.each(combinations)('$kind, $mask, $filter: right, or refused', async ({ filter, freedom }) => {
    const run = relax(crystal, emt, { cell: filter, fmax, maxSteps: 500, ...freedom });
    const refusal = refusalOf(filter, freedom);
    if (refusal) {
      await expect(run).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(refusal) });
      return;
    }
    const { converged, structure } = await run;
    expect(converged).toBe(true);
    const deformation = transpose3(multiply3(inverse3(crystal.cell), structure.cell));
    expectAllowed(deformation, freedom);
    await expectLowest(deformation, freedom);
  });
});

describe('relaxing a strained crystal of copper', () => {
  it.each(cellFilters)('at constant volume makes it cubic: %s', async (cell) => {
    const start = copperIn([3.3, 0, 0, 0, 3.3, 0, 0, 0, 4.3]);
    const { structure } = await relax(start, emt, { cell, constantVolume: true, fmax: 1e-3 });
    expect(cellVolume(structure.cell)).toBeCloseTo(46.827, 9);
    for (const k of [0, 4, 8]) expect(structure.cell[k]).toBeCloseTo(Math.cbrt(46.827), 3);
  });

  it.each(cellFilters)('keeps a masked side at constant volume: %s', async (cell) => {
    const start = copperIn([3.5, 0, 0, 0, 3.9, 0, 0, 0, 3.4]);
    const strainMask = [1, 1, 0, 0, 0, 0];
    const { structure } = await relax(start, emt, { cell, constantVolume: true, strainMask, fmax: 1e-3 });
    expect(structure.cell[8]).toBe(3.4);
    for (const k of [0, 4]) expect(structure.cell[k]).toBeCloseTo(Math.sqrt(46.41 / 3.4), 3);
  });

  it('is refused when something is said of a cell that stays as it is', async () => {
    await expect(relax(crystal, emt, { hydrostatic: true })).rejects.toMatchObject({ code: 'usage' });
  });
});

/** Masked strains are none, to the bit of the arithmetic; the volume or the shape is kept. */
function expectAllowed(deformation: Float64Array, { hydrostatic, constantVolume, strainMask }: CellFreedom): void {
  for (const [strain, flag] of (strainMask ?? []).entries()) {
    if (flag === 1) continue;
    for (const place of places[strain]) expect(deformation[place]).toBeCloseTo(place % 4 === 0 ? 1 : 0, 12);
  }
  if (constantVolume) expect(determinant3(deformation)).toBeCloseTo(1, 12);
  if (hydrostatic) deformation.forEach((value, k) => expect(value).toBeCloseTo(k % 4 === 0 ? deformation[0] : 0, 10));
}

/** No allowed step lowers the energy: its derivative along each of them is 0, by central differences. */
async function expectLowest(deformation: Float64Array, freedom: CellFreedom): Promise<void> {
  const { hydrostatic, constantVolume, strainMask = [1, 1, 1, 1, 1, 1] } = freedom;
  const directions = hydrostatic ? [[0, 4, 8]] : places.filter((_, strain) => strainMask[strain] === 1);
  const axes = strainMask.slice(0, 3);
  const energyAt = async (direction: readonly number[], change: number) => {
    const f = deformation.map((value, k) => value + (direction.includes(k) ? change : 0));
    const excess = determinant3(f) / determinant3(deformation);
    const scale = constantVolume ? excess ** (-1 / (2 * axes.filter(Boolean).length)) : 1;
    const scales = axes.map((flag) => (flag === 1 ? scale : 1));
    const scaled = f.map((value, k) => scales[Math.floor(k / 3)] * value * scales[k % 3]);
    return (await emt.calculate(copperIn(Array.from(multiply3(crystal.cell, transpose3(scaled)))))).energy;
  };
  const h = 1e-4;
  for (const direction of directions) {
    const slope = ((await energyAt(direction, h)) - (await energyAt(direction, -h))) / (2 * h);
    expect(Math.abs(slope)).toBeLessThan(1e-3); // eV; that of a strained cell is 5, of a converged one some 4 atoms x fmax
  }
}
