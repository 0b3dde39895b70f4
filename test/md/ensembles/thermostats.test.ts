import { describe, expect, it } from 'vitest';
import type { Calculator } from '../../../calculators/calculator.js';
import { createSum } from '../../../calculators/sum.js';
import { runMd } from '../../../md/run.js';
import type { Ensemble, MdOptions } from '../../../md/settings.js';
import { kineticEnergy } from '../../../md/state/state.js';
import { createStructure } from '../../../src/structure/structure.js';
import { kB } from '../../../src/units.js';
import { harmonicWells, idealGas, springs } from '../../helpers/harmonic.js';
import { expectEstimate, meanOf, varianceOf } from '../../helpers/statistics.js';

const temperatureK = 400;
const common = { timestepFs: 2, temperatureK, thermostatTimeFs: 20, frictionPerFs: 0.05, seed: 4 };

const atoms = createStructure({
  symbols: ['C', 'Al', 'Ti', 'C', 'Al'],
  positions: [0, 0, 0, 2, 0.1, 0, 0.3, 2.1, 0, 0, 0.2, 1.9, 1.8, 1.7, 1.9],
});
// Anharmonic springs between atoms in wells: everything exchanges energy, and nothing is conserved but energy.
const solid = createSum([harmonicWells(1, atoms.positions), springs(1, 2)]);

/**
 * Kinetic energies in kB T, [steps - 200]: Gamma distributed with shape f/2 in the canonical ensemble, which is their
 * mean and variance.
 */
async function kineticSeries(calculator: Calculator, options: MdOptions): Promise<number[]> {
  const series: number[] = [];
  for await (const state of runMd(atoms, calculator, options)) {
    if (state.step > 200) series.push(kineticEnergy(state) / (kB * temperatureK));
  }
  return series;
}

describe('the kinetic energy', () => {
  it.each(['langevin', 'bussi', 'nose-hoover'] as const)(
    'of a solid has its canonical mean and variance with %s',
    async (ensemble) => {
      const series = await kineticSeries(solid, { ...common, steps: 25_000, ensemble, centerOfMass: 'free' });
      const shape = (3 * atoms.numbers.length) / 2;
      expectEstimate(meanOf(series), shape, 0.012 * shape);
      expectEstimate(varianceOf(series, { about: shape }), shape, 0.04 * shape);
    },
  );

  it.each(['bussi', 'nose-hoover', 'langevin'] as const)(
    'of an ideal gas has its canonical mean and variance with %s, the centre of mass held and not counted',
    async (ensemble) => {
      const series = await kineticSeries(idealGas, { ...common, steps: 25_000, ensemble, centerOfMass: 'fixed' });
      const shape = (3 * atoms.numbers.length - 3) / 2;
      expectEstimate(meanOf(series), shape, 0.014 * shape);
      expectEstimate(varianceOf(series, { about: shape }), shape, 0.045 * shape);
    },
  );

  it('of a single coordinate, which the Bussi thermostat must turn round at times, is canonical', async () => {
    const atom = createStructure({ symbols: ['C'], positions: [0, 0, 0], fixed: [0, 1, 1] });
    const series: number[] = [];
    const signs = new Set<number>();
    for await (const state of runMd(atom, idealGas, {
      ...common,
      steps: 25_000,
      ensemble: 'bussi',
      thermostatTimeFs: 2,
    })) {
      series.push(kineticEnergy(state) / (kB * temperatureK));
      signs.add(Math.sign(state.momenta[0]));
    }
    expect(signs).toEqual(new Set([1, -1]));
    expectEstimate(meanOf(series), 0.5, 0.01);
    expectEstimate(varianceOf(series, { about: 0.5 }), 0.5, 0.03);
  });

  it('comes to the right mean with the Berendsen thermostat, but fluctuates too little', async () => {
    const series = await kineticSeries(solid, {
      ...common,
      steps: 10_000,
      ensemble: 'berendsen',
      centerOfMass: 'free',
    });
    const shape = (3 * atoms.numbers.length) / 2;
    expect(meanOf(series).value / shape).toBeCloseTo(1, 1);
    expect(varianceOf(series, { about: shape }).value / shape).toBeLessThan(0.7);
  });
});

describe('a temperature ramp', () => {
  it.each(['langevin', 'bussi', 'nose-hoover', 'berendsen'] satisfies Ensemble[])(
    'takes %s from one temperature to the other and stays there',
    async (ensemble) => {
      const options = { ...common, steps: 6000, rampSteps: 4000, temperatureK: 100, temperatureEndK: 900, ensemble };
      const means = [0, 0, 0];
      for await (const state of runMd(atoms, solid, { ...options, centerOfMass: 'free' })) {
        const part = Math.min(2, Math.floor(state.step / 2000));
        means[part] += (2 * kineticEnergy(state)) / (15 * kB) / 2000;
      }
      // A thermostat follows within 40 fs of 8 ps; a mean over 2000 correlated steps scatters by 2 %, with margin.
      [300, 700, 900].forEach((expected, part) => expect(Math.abs(means[part] / expected - 1)).toBeLessThan(0.1));
    },
  );
});
