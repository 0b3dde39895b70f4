import { describe, expect, it } from 'vitest';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { fitBirchMurnaghan, noticesOfFit } from '../../../md/relax/birch-murnaghan.js';
import { relax } from '../../../md/relax/relax.js';
import { scanVolumes } from '../../../md/relax/volume-scan.js';
import { createRandom } from '../../../src/random.js';
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

  it('gives standard errors: those of an ordinary least-squares program, none for four energies', () => {
    // EMT copper, 3.615 A, seven volumes up to 6 % off: curve_fit of SciPy with birchmurnaghan of ASE
    const cube = 3.615 ** 3;
    const volumes = [-0.06, -0.04, -0.02, 0, 0.02, 0.04, 0.06].map((change) => (1 + change) * cube);
    const energies = [
      0.00533371817, -0.020377873049, -0.028134701345, -0.019744210613, 0.003160119012, 0.039110532124, 0.08679796299,
    ];
    const { volume, errors, ...fit } = fitBirchMurnaghan(volumes, energies);
    expect(volume).toBeCloseTo(46.261375, 5);
    expect(fit.bulkModulus).toBeCloseTo(0.83902352, 6);
    expect(fit.bulkModulusDerivative).toBeCloseTo(4.222953, 4);
    expect(errors?.volume).toBeCloseTo(6.04352e-5, 8);
    expect(errors?.energy).toBeCloseTo(1.628733e-6, 10);
    expect(errors?.bulkModulus).toBeCloseTo(5.85825e-5, 8);
    expect(errors?.bulkModulusDerivative).toBeCloseTo(3.282885e-3, 6);
    expect(fitBirchMurnaghan(volumes.slice(1, 5), energies.slice(1, 5))).not.toHaveProperty('errors');
  });

  it('scatters by its standard errors when the energies scatter', () => {
    const exact = { v0: 47, e0: -3, b0: 0.9, b1: 5 };
    const volumes = Array.from({ length: 9 }, (_, i) => 44 + 0.75 * i);
    const random = createRandom(5);
    const fits = Array.from({ length: 400 }, () =>
      fitBirchMurnaghan(
        volumes,
        volumes.map((volume) => birchMurnaghan(volume, exact) + 1e-4 * random.normal()),
      ),
    );
    const meanSquare = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    for (const [name, truth] of [
      ['volume', exact.v0],
      ['bulkModulus', exact.b0],
      ['bulkModulusDerivative', exact.b1],
    ] as const) {
      const scatter = meanSquare(fits.map((fit) => fit[name] - truth));
      const expected = meanSquare(fits.map(({ errors }) => errors?.[name] ?? 0));
      expect(Math.abs(scatter / expected - 1)).toBeLessThan(0.3); // four times the spread of such a ratio
    }
  });

  it('notices a derivative that no solid has, and a minimum near the end of the volumes', () => {
    const noticesOf = (parameters: Parameters<typeof birchMurnaghan>[1], volumes: readonly number[]) =>
      noticesOfFit(
        fitBirchMurnaghan(
          volumes,
          volumes.map((volume) => birchMurnaghan(volume, parameters)),
        ),
        volumes,
      ).map(({ kind }) => kind);
    const volumes = [44, 45, 46, 47, 48, 49, 50];
    const good = { v0: 47.2, e0: -14.3, b0: 0.9, b1: 4.7 };
    expect(noticesOf(good, volumes)).toEqual([]);
    expect(noticesOf({ ...good, b1: -0.3 }, volumes)).toEqual(['derivative']);
    expect(noticesOf({ ...good, b1: 10.5 }, volumes)).toEqual(['derivative']);
    expect(noticesOf({ ...good, v0: 44.9 }, volumes)).toEqual(['edge']);
    expect(noticesOf({ ...good, v0: 50.5, b1: 0.5 }, volumes)).toEqual(['derivative', 'edge']);
  });

  it('refuses too few volumes, and energies without a minimum', () => {
    expect(() => fitBirchMurnaghan([1, 2, 3, 3], [1, 0, 1, 1])).toThrow(/four different volumes/);
    expect(() => fitBirchMurnaghan([1, 2, 3, 4, 5], [5, 4, 3, 2, 1])).toThrow(
      expect.objectContaining({ code: 'structure', message: expect.stringContaining('relax the cell first') }),
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
      code: 'structure',
    });
  });
});
