import { describe, expect, it } from 'vitest';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { fitBirchMurnaghan } from '../../../md/relax/birch-murnaghan.js';
import { relax } from '../../../md/relax/relax.js';
import { scanVolumes } from '../../../md/relax/volume-scan.js';
import { cellVolume } from '../../../src/structure/cell.js';
import { rattledCopper } from '../../helpers/copper.js';
import { harmonicWells } from '../../helpers/harmonic.js';

/** Birch's formula in its usual form. */
function birchMurnaghan(
  volume: number,
  { v0, e0, b0, b1 }: { v0: number; e0: number; b0: number; b1: number },
): number {
  const x = (v0 / volume) ** (2 / 3);
  return e0 + ((9 * v0 * b0) / 16) * ((x - 1) ** 3 * b1 + (x - 1) ** 2 * (6 - 4 * x));
}

describe('fitBirchMurnaghan', () => {
  it.each([
    { v0: 47.2, e0: -14.3, b0: 0.9, b1: 4.7 },
    { v0: 11.1, e0: 1e4, b0: 2.5, b1: 3.1 },
    { v0: 1500, e0: 0, b0: 0.01, b1: 8 },
    { v0: 20, e0: -1, b0: 1, b1: 4 }, // where the cubic term vanishes
  ])('finds the parameters of exact energies: %o', (parameters) => {
    const volumes = [0.92, 0.95, 0.99, 1.02, 1.04, 1.07].map((part) => part * parameters.v0);
    const fit = fitBirchMurnaghan(
      volumes,
      volumes.map((volume) => birchMurnaghan(volume, parameters)),
    );
    expect(fit.volume / parameters.v0).toBeCloseTo(1, 7);
    expect(fit.energy).toBeCloseTo(parameters.e0, 7);
    expect(fit.bulkModulus / parameters.b0).toBeCloseTo(1, 5);
    expect(fit.bulkModulusDerivative).toBeCloseTo(parameters.b1, 3);
    expect(fit.residual).toBeLessThan(1e-8);
  });

  it('refuses too few volumes, and energies without a minimum', () => {
    expect(() => fitBirchMurnaghan([1, 2, 3, 3], [1, 0, 1, 1])).toThrow(/four different volumes/);
    expect(() => fitBirchMurnaghan([1, 2, 3, 4, 5], [5, 4, 3, 2, 1])).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
    expect(() => fitBirchMurnaghan([1, 1.1, 1.2, 1.3], [0, 1, 1, 0])).toThrow(/minimum/);
  });
});

describe('scanVolumes', () => {
  const emt = createCalculator('emt');

  it('leads to the volume of a relaxed cell, and to the slope of its stress', async () => {
    const crystal = rattledCopper(1, { rattle: 0.02 });
    const points = [];
    for await (const point of scanVolumes(crystal, emt, { relax: { fmax: 1e-4 } })) points.push(point);
    expect(points).toHaveLength(7);
    expect(points[0].volume / cellVolume(crystal.cell)).toBeCloseTo(0.94, 12);
    expect(points[6].volume / cellVolume(crystal.cell)).toBeCloseTo(1.06, 12);
    const fit = fitBirchMurnaghan(
      points.map(({ volume }) => volume),
      points.map(({ energy }) => energy),
    );
    const { structure } = await relax(crystal, emt, { fmax: 1e-5, cell: 'unit-cell', hydrostatic: true });
    expect(fit.volume / cellVolume(structure.cell)).toBeCloseTo(1, 3);
    const pressureAt = async (factor: number) => {
      const { stress = [] } = await emt.calculate({
        ...structure,
        cell: structure.cell.map((value) => value * factor),
        positions: structure.positions.map((value) => value * factor),
      });
      return -(stress[0] + stress[1] + stress[2]) / 3;
    };
    const slope = ((await pressureAt(1 - 1e-4)) - (await pressureAt(1 + 1e-4))) / 6e-4; // -dP/d ln V
    expect(fit.bulkModulus / slope).toBeCloseTo(1, 1);
  });

  it('relaxes the shape at each volume when asked', async () => {
    const crystal = rattledCopper(1, { rattle: 0, cell: [3.7, 0, 0, 0, 3.61, 0, 0, 0, 3.52] });
    const options = { fmax: 1e-3, cell: 'exp-cell', constantVolume: true } as const;
    for await (const { structure, volume } of scanVolumes(crystal, emt, { pointCount: 4, relax: options })) {
      expect(structure.cell[0]).toBeCloseTo(structure.cell[8], 2);
      expect(cellVolume(structure.cell)).toBeCloseTo(volume, 9);
    }
  });

  it.each([{ pointCount: 3 }, { pointCount: 4.5 }, { volumeChange: 0 }, { volumeChange: 0.6 }])(
    'refuses %o',
    async (options) => {
      await expect(scanVolumes(rattledCopper(1), emt, options).next()).rejects.toMatchObject({ code: 'usage' });
    },
  );

  it('refuses what has no volume', async () => {
    const cluster = { ...rattledCopper(1), pbc: [false, false, false] as const };
    await expect(scanVolumes(cluster, harmonicWells(1, cluster.positions)).next()).rejects.toMatchObject({
      code: 'usage',
    });
  });
});
