import { describe, expect, it } from 'vitest';
import type { Calculator } from '../../../calculators/calculator.js';
import { runMd } from '../../../md/run.js';
import type { MdOptions } from '../../../md/settings.js';
import { kineticEnergy, type MdState } from '../../../md/state/state.js';
import { cellVolume } from '../../../src/structure/cell.js';
import { createStructure, type Structure } from '../../../src/structure/structure.js';
import { GPa, kB } from '../../../src/units.js';
import {
  crystalOf,
  elasticCrystal,
  greenStrain,
  sideEnergy,
  sideLength,
  strainEnergy,
  volumeEnergy,
} from '../../helpers/elastic-crystal.js';
import { idealGas } from '../../helpers/harmonic.js';
import { expectEstimate, meanOf, varianceOf } from '../../helpers/statistics.js';

const temperatureK = 400;
const thermal = kB * temperatureK;
const bulkModulusGPa = 50;
const crystal = crystalOf(5);

// The stochastic barostat forgets within its time; the other swings, at about the rate of its thermostat with these
// times.
const common = { timestepFs: 2, temperatureK, seed: 4, thermostatTimeFs: 30, centerOfMass: 'free' } as const;
const barostats = {
  'npt-rescale': { ...common, ensemble: 'npt-rescale', barostatTimeFs: 100, compressibilityPerGPa: 1 / bulkModulusGPa },
  'npt-mtk': { ...common, ensemble: 'npt-mtk', barostatTimeFs: 1200 },
} as const satisfies Record<string, Omit<MdOptions, 'steps'>>;
const names = ['npt-rescale', 'npt-mtk'] as const;

async function sample<T>(
  structure: Structure,
  calculator: Calculator,
  { options, pick }: { options: MdOptions; pick: (state: MdState) => T },
): Promise<T[]> {
  const series: T[] = [];
  for await (const state of runMd(structure, calculator, options)) if (state.step > 500) series.push(pick(state));
  return series;
}

describe.each(names)('%s', (name) => {
  it('gives the volume of an elastic crystal its normal distribution under pressure', async () => {
    const curvature = (bulkModulusGPa * GPa) / sideLength ** 3;
    const options = { ...barostats[name], steps: 20_000, pressureGPa: 0.5 };
    const calculator = elasticCrystal(crystal, 2, volumeEnergy(curvature));
    const volumes = await sample(crystal, calculator, { options, pick: ({ cell }) => cellVolume(cell) });
    // exp(-(c (V - V0)^2/2 + P V)/kB T)
    const mean = sideLength ** 3 - (0.5 * GPa) / curvature;
    expectEstimate(meanOf(volumes), mean, 1);
    expectEstimate(varianceOf(volumes, { about: mean }), thermal / curvature, 0.12 * (thermal / curvature));
  });

  it('gives volume and kinetic energy of an ideal gas their Gamma distributions', async () => {
    const [atomCount, volume] = [15, 1000];
    const pressure = ((atomCount + 1) * thermal) / volume;
    const gas = createStructure({
      symbols: Array(atomCount).fill('Ar'),
      positions: Array(3 * atomCount).fill(5),
      cell: [10, 0, 0, 0, 10, 0, 0, 0, 10],
    });
    const options = {
      ...barostats[name],
      barostatTimeFs: 200,
      steps: 25_000,
      pressureGPa: pressure / GPa,
      compressibilityPerGPa: GPa / pressure,
    };
    const samples = await sample(gas, idealGas, {
      options,
      pick: (state) => ({ volume: cellVolume(state.cell), kinetic: kineticEnergy(state) / thermal }),
    });
    // V^N exp(-P V/kB T): a constant pressure ensemble of N atoms, centre of mass included
    const volumes = samples.map((point) => point.volume);
    expectEstimate(meanOf(volumes), volume, 0.04 * volume);
    const variance = volume ** 2 / (atomCount + 1);
    expectEstimate(varianceOf(volumes, { about: volume }), variance, 0.16 * variance);
    const shape = (3 * atomCount) / 2;
    const kinetic = samples.map((point) => point.kinetic);
    expectEstimate(meanOf(kinetic), shape, 0.01 * shape);
    expectEstimate(varianceOf(kinetic, { about: shape }), shape, 0.06 * shape);
  });

  it('gives the sides of an elastic box their independent normal distributions', async () => {
    const curvature = bulkModulusGPa * GPa * sideLength;
    const calculator = elasticCrystal(crystal, 2, sideEnergy(curvature));
    const options = { ...barostats[name], steps: 20_000, coupling: 'anisotropic' } as const;
    const sides = await sample(crystal, calculator, { options, pick: ({ cell }) => Array.from(cell) });
    for (const k of [0, 4, 8]) expectEstimate(meanOf(sides.map((side) => side[k])), sideLength, 0.015);
    for (const k of [1, 2, 3, 5, 6, 7]) expect(sides.at(-1)?.[k]).toBe(0);
    const squares = sides.map((side) => [0, 4, 8].reduce((sum, k) => sum + (side[k] - sideLength) ** 2, 0) / 3);
    expectEstimate(meanOf(squares), thermal / curvature, 0.09 * (thermal / curvature));
    const products = sides.map((side) => (side[0] - sideLength) * (side[4] - sideLength));
    expectEstimate(meanOf(products), 0, 0.08 * (thermal / curvature));
  });

  it('gives stretches and shears of a stiff cell their thermal amplitudes, and does not turn it', async () => {
    const curvature = bulkModulusGPa * GPa * sideLength ** 3;
    const calculator = elasticCrystal(crystal, 2, strainEnergy(curvature));
    const options = { ...barostats[name], steps: 20_000, coupling: 'triclinic' } as const;
    const cells = await sample(crystal, calculator, { options, pick: ({ cell }) => cell.slice() });
    // kB T/c for each diagonal element of the strain, half of it for the others, which appear twice; beyond that terms
    // of (kB T/c)^2, 1e-4 of it
    const strains = cells.map(greenStrain);
    const meanSquare = (elements: readonly number[]) =>
      meanOf(strains.map((strain) => elements.reduce((sum, k) => sum + strain[k] ** 2, 0) / elements.length));
    expectEstimate(meanSquare([0, 4, 8]), thermal / curvature, 0.09 * (thermal / curvature));
    expectEstimate(meanSquare([1, 2, 5]), thermal / curvature / 2, 0.045 * (thermal / curvature));
    // Loops of strain turn it a little (products of stretches are not symmetric); a cell that were free to turn would
    // do so by radians.
    const last = cells.at(-1) ?? new Float64Array(9);
    expect(Math.abs(last[1] - last[3]) / sideLength).toBeLessThan(0.1);
  });
});

describe('npt-berendsen', () => {
  it('brings an elastic crystal to its volume under pressure, without the fluctuations', async () => {
    const curvature = (bulkModulusGPa * GPa) / sideLength ** 3;
    const options = { ...barostats['npt-rescale'], ensemble: 'npt-berendsen', steps: 3000, pressureGPa: 0.5 } as const;
    const calculator = elasticCrystal(crystal, 2, volumeEnergy(curvature));
    const volumes = await sample(crystal, calculator, { options, pick: ({ cell }) => cellVolume(cell) });
    const mean = sideLength ** 3 - (0.5 * GPa) / curvature;
    expect(Math.abs(meanOf(volumes).value - mean)).toBeLessThan(1);
    expect(varianceOf(volumes, { about: mean }).value).toBeLessThan(0.2 * (thermal / curvature));
  });
});

describe('a pressure ramp', () => {
  it.each([...names, 'npt-berendsen'] as const)('takes the volume along with %s', async (ensemble) => {
    const curvature = (bulkModulusGPa * GPa) / sideLength ** 3;
    const options = {
      ...barostats['npt-rescale'],
      ensemble,
      steps: 6000,
      rampSteps: 3000,
      pressureGPa: 0,
      pressureEndGPa: 5,
    };
    const calculator = elasticCrystal(crystal, 2, volumeEnergy(curvature));
    const volumes = await sample(crystal, calculator, { options, pick: ({ cell }) => cellVolume(cell) });
    const squeezed = sideLength ** 3 - (5 * GPa) / curvature;
    const last = meanOf(volumes.slice(-2500), 10);
    expect(Math.abs(last.value - squeezed)).toBeLessThan(4); // thermal width 10.5 over about thirty independent samples
    expect(volumes[1000] - squeezed).toBeGreaterThan(25); // half of the way at half of the ramp
  });
});
