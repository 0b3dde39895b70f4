import { describe, expect, it } from 'vitest';
import { langevinStep } from '../../../md/ensembles/langevin.js';
import { velocityVerletStep } from '../../../md/ensembles/velocity-verlet.js';
import { conservedEnergy, createMdState, kineticEnergy, updateForces } from '../../../md/state/state.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { fs, kB } from '../../../src/units.js';
import { harmonicWells, idealGas, springs } from '../../helpers/harmonic.js';

const temperatureK = 400;
const thermal = kB * temperatureK;

function atoms(count: number) {
  return createStructure({
    symbols: Array.from({ length: count }, (_, i) => ['H', 'Cu', 'Au'][i % 3]),
    positions: new Float64Array(3 * count),
  });
}

describe('langevinStep', () => {
  it('gives the kinetic energy of an ideal gas its canonical mean and variance', async () => {
    const state = createMdState(atoms(12));
    const random = createRandom(11);
    const shape = state.freedomCount / 2; // Ekin / kB T is Gamma distributed with this shape
    const samples: number[] = [];
    // friction * dt = 6: momenta of successive steps correlate by exp(-6), so samples count as independent
    for (let step = 0; step < 20_000; step++) {
      await langevinStep(state, idealGas, { timestepFs: 2, temperatureK, frictionPerFs: 3, random });
      samples.push(kineticEnergy(state) / thermal);
    }
    const { mean, variance } = moments(samples);
    const meanError = Math.sqrt(shape / samples.length);
    const varianceError = shape * Math.sqrt((2 + 6 / shape) / samples.length); // excess kurtosis of Gamma: 6 / shape
    expect(Math.abs(mean - shape)).toBeLessThan(3 * meanError);
    expect(Math.abs(variance - shape)).toBeLessThan(3 * varianceError);
  });

  it('samples harmonic positions exactly and momenta with its known error, at a long time step', async () => {
    const state = createMdState(createStructure({ symbols: Array(40).fill('C'), positions: new Float64Array(120) }));
    const stiffness = 4;
    const timestepFs = 10;
    const calculator = harmonicWells(stiffness, new Float64Array(120));
    const random = createRandom(5);
    await updateForces(state, calculator);
    const blocks: { position: number; momentum: number }[] = [];
    // One block of 20 steps is longer than the memory (friction * dt = 0.5 a step); block means count as independent.
    for (let block = 0; block < 400; block++) {
      let position = 0;
      let momentum = 0;
      for (let step = 0; step < 20; step++) {
        await langevinStep(state, calculator, { timestepFs, temperatureK, frictionPerFs: 0.05, random });
        position += meanSquare(state.positions) / 20;
        momentum += meanSquare(state.momenta) / 20;
      }
      if (block >= 5) blocks.push({ position, momentum });
    }
    const square = ((stiffness / state.masses[0]) * (timestepFs * fs) ** 2) / 4;
    expect(square).toBeGreaterThan(0.05); // the error of the momenta is larger than the statistics
    expectWithin(moments(blocks.map(({ position }) => position / (thermal / stiffness))), 1, blocks.length);
    expectWithin(
      moments(blocks.map(({ momentum }) => momentum / (state.masses[0] * thermal))),
      1 - square,
      blocks.length,
    );
  });

  it('is the Verlet step when friction vanishes', async () => {
    const cluster = createStructure({ symbols: ['Cu', 'Cu', 'O'], positions: [0, 0, 0, 2.3, 0, 0, 0, 1.8, 0] });
    const calculator = springs(2, 2);
    const [verlet, langevin] = [createMdState(cluster), createMdState(cluster)];
    await updateForces(verlet, calculator);
    await updateForces(langevin, calculator);
    const options = { timestepFs: 1, temperatureK, frictionPerFs: 1e-300, random: createRandom(1) };
    for (let step = 0; step < 100; step++) {
      await velocityVerletStep(verlet, calculator, options);
      await langevinStep(langevin, calculator, options);
    }
    langevin.positions.forEach((value, i) => expect(value).toBeCloseTo(verlet.positions[i], 12));
    expect(Math.abs(langevin.bathHeat)).toBeLessThan(1e-100);
  });

  it('keeps total energy minus heat of the bath, four times better at half the time step', async () => {
    const spread = async (timestepFs: number) => {
      const cluster = createStructure({ symbols: ['Cu', 'Cu', 'O'], positions: [0, 0, 0, 2.1, 0, 0, 0, 1.9, 0] });
      const calculator = springs(2, 2);
      const state = createMdState(cluster);
      await updateForces(state, calculator);
      const random = createRandom(9);
      const energies: number[] = [];
      for (let time = 0; time < 2000; time += timestepFs) {
        await langevinStep(state, calculator, { timestepFs, temperatureK, frictionPerFs: 0.005, random });
        energies.push(conservedEnergy(state));
      }
      expect(Math.abs(state.bathHeat)).toBeGreaterThan(0.05);
      return Math.sqrt(moments(energies).variance);
    };
    const ratio = (await spread(2)) / (await spread(0.5));
    expect(ratio).toBeGreaterThan(8); // 16 in the mean; the noise of both runs differs
    expect(ratio).toBeLessThan(32);
  });

  it('leaves fixed coordinates at rest', async () => {
    const fixed = Uint8Array.of(1, 1, 1, 0, 0, 0, 0, 0, 1);
    const state = createMdState({ ...atoms(3), fixed });
    const random = createRandom(2);
    for (let step = 0; step < 5; step++) {
      await langevinStep(state, idealGas, { timestepFs: 1, temperatureK, frictionPerFs: 0.1, random });
    }
    state.momenta.forEach((value, i) => expect(value === 0).toBe(fixed[i] === 1));
  });
});

function meanSquare(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / values.length;
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, variance };
}

function expectWithin({ mean, variance }: { mean: number; variance: number }, expected: number, count: number): void {
  const standardError = Math.sqrt(variance / count);
  expect(standardError).toBeLessThan(0.01);
  expect(Math.abs(mean - expected)).toBeLessThan(3 * standardError);
}
