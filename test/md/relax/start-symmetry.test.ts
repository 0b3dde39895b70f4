import { describe, expect, it } from 'vitest';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { relax } from '../../../md/relax/relax.js';
import { describeSymmetry, startSymmetry, symmetricStart } from '../../../md/relax/start-symmetry.js';
import { createRandom } from '../../../src/random.js';
import { cellParameters } from '../../../src/structure/cell.js';
import { createStructure } from '../../../src/structure/structure.js';
import { findSymmetry } from '../../../src/structure/symmetry.js';
import { largestDifference } from '../../helpers/compare.js';
import { rattledCopper } from '../../helpers/copper.js';

const emt = createCalculator('emt');
const perfect = rattledCopper(1, { rattle: 0 });
/** Copper with one atom off its place by 0.0027 A and a cell sheared by as little: nothing of its symmetry is left. */
const noisy = {
  ...perfect,
  positions: perfect.positions.map((value, i) => value + ([0.002, 0.001, -0.0015][i] ?? 0)),
  cell: perfect.cell.map((value, i) => value + (i === 3 ? 0.002 : i === 8 ? -0.001 : 0)),
};

describe('the symmetry of a start', () => {
  it('is named, with the one that may have been meant and the tolerance that finds it', () => {
    expect(startSymmetry(perfect, 1e-3)).toEqual({ number: 225, symbol: 'F m -3 m', tolerance: 1e-3 });
    const { nearby, ...kept } = startSymmetry(noisy, 1e-3);
    expect(kept.number).toBeLessThan(10);
    expect(nearby).toMatchObject({ number: 225, tolerance: expect.any(Number) });
    expect(describeSymmetry({ ...kept, nearby })).toMatch(
      /^the symmetry that is kept is .* within 0\.001 A; within 0\.0\d+ A it would be F m -3 m \(225\): `symmetryTolerance: 0\.0/,
    );
    expect(startSymmetry(noisy, 0.01)).toMatchObject({ number: 225 });
  });

  it('is there exactly once atoms and cell are put on their places, which moves them by less than the tolerance', () => {
    const start = symmetricStart(noisy, 0.01);
    expect(findSymmetry(start, 1e-7).operations).toHaveLength(findSymmetry(perfect, 1e-7).operations.length);
    expect(largestDifference(start.positions, noisy.positions)).toBeLessThan(0.01);
    const { lengths, angles } = cellParameters(start.cell);
    for (const length of lengths) expect(length).toBeCloseTo(lengths[0], 10);
    for (const angle of angles) expect(angle).toBeCloseTo(90, 10);
    expect(largestDifference(symmetricStart(perfect, 1e-3).positions, perfect.positions)).toBeLessThan(1e-12);
  });

  it('is found for what a loose tolerance allows, though other atoms come to lie within ten times as much', () => {
    const crystal = createStructure({
      symbols: ['Mg', 'Mg', 'Mg', 'Mg', 'O', 'O', 'O', 'O'],
      positions: [0, 0, 0, 0, 2.1, 2.1, 2.1, 0, 2.1, 2.1, 2.1, 0, 2.1, 2.1, 2.1, 2.1, 0, 0, 0, 2.1, 0, 0, 0, 2.1],
      cell: [4.2, 0, 0, 0, 4.2, 0, 0, 0, 4.2],
    });
    const random = createRandom(7);
    const start = symmetricStart(
      { ...crystal, positions: crystal.positions.map((x) => x + 0.03 * random.normal()) },
      0.3,
    );
    expect(findSymmetry(start, 1e-6)).toMatchObject({ number: 225 });
    expect(largestDifference(start.positions, crystal.positions)).toBeLessThan(0.2);
  });

  it('is kept to the last digit by a relaxation', async () => {
    const options = { cell: 'unit-cell', symmetry: true, symmetryTolerance: 0.01, fmax: 0.01 } as const;
    const { structure } = await relax(noisy, emt, options);
    expect(findSymmetry(structure, 1e-6)).toMatchObject({ number: 225 });
    for (const angle of cellParameters(structure.cell).angles) expect(angle).toBeCloseTo(90, 8);
  });
});

describe('keeping the symmetry', () => {
  const tetragonal = createStructure({
    symbols: ['Cu', 'Au', 'Au', 'Au'],
    positions: [0, 0, 0, 0, 1.95, 1.85, 1.95, 0, 1.85, 1.95, 1.95, 0],
    cell: [3.9, 0, 0, 0, 3.9, 0, 0, 0, 3.7],
  });
  const masked = (strainMask: number[]) =>
    relax(tetragonal, emt, { cell: 'unit-cell', symmetry: true, strainMask, fmax: 0.01 });

  it('is refused with a mask that would break it, and goes with one that would not', async () => {
    await expect(masked([1, 0, 1, 0, 0, 0])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/break/),
    });
    const { structure } = await masked([1, 1, 0, 0, 0, 0]);
    expect(findSymmetry(structure, 1e-6).number).toBe(findSymmetry(tetragonal).number);
    expect(structure.cell[8]).toBeCloseTo(tetragonal.cell[8], 12);
    expect(structure.cell[0]).not.toBeCloseTo(tetragonal.cell[0], 2);
  });

  it('says that a tolerance alone does nothing', async () => {
    await expect(relax(tetragonal, emt, { symmetryTolerance: 0.01 })).rejects.toMatchObject({ code: 'usage' });
  });
});
