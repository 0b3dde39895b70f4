import { expect, it } from 'vitest';
import { createDriftMeter, driftOf, meansOf, measureDrift } from '../../md/drift-meter.js';
import { createMdState } from '../../md/state/state.js';
import { createRandom } from '../../src/random.js';
import { createStructure } from '../../src/structure/structure.js';

const timestepFs = 2;

function meterOf(energies: readonly number[]) {
  const state = createMdState(createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2, 0, 0] }));
  const meter = createDriftMeter();
  energies.forEach((energy, step) => {
    state.potentialEnergy = energy;
    state.step = step;
    measureDrift(meter, state, timestepFs);
  });
  return meter;
}

it('finds the slope of a straight line in meV per atom and ps', () => {
  // 3 eV for two atoms in 1 ps
  const energies = Array.from({ length: 1001 }, (_, step) => -500 + (3 * step * timestepFs) / 1000);
  expect(driftOf(meterOf(energies), timestepFs).driftMevPerAtomPerPs).toBeCloseTo(1500, 8);
});

it('is the least-squares slope of noisy energies', () => {
  const random = createRandom(1);
  const energies = Array.from({ length: 200 }, (_, step) => -1e4 + 1e-3 * step + random.normal());
  const times = energies.map((_, step) => (step * timestepFs) / 1000);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanTime, meanEnergy] = [mean(times), mean(energies)];
  const slope =
    mean(times.map((time, i) => (time - meanTime) * (energies[i] - meanEnergy))) /
    mean(times.map((time) => (time - meanTime) ** 2));
  expect(driftOf(meterOf(energies), timestepFs).driftMevPerAtomPerPs).toBeCloseTo((1000 * slope) / 2, 6);
});

it('says 0 before there are two samples', () => {
  expect(driftOf(meterOf([-3]), timestepFs)).toEqual({ driftMevPerAtomPerPs: 0 });
  expect(meansOf(meterOf([-3])).temperature).toBe(0);
});

it('gives the error of the slope, each tenth of a picosecond counted as one sample; none for less', () => {
  const random = createRandom(2);
  const energies = Array.from({ length: 501 }, () => random.normal());
  const { driftMevPerAtomPerPs: slope, driftErrorMevPerAtomPerPs: error = 0 } = driftOf(meterOf(energies), timestepFs);
  const times = energies.map((_, step) => (step * timestepFs) / 1000 - 0.5);
  const values = energies.map((energy) => (1000 * energy) / 2);
  const mean = values.reduce((sum, value) => sum + value, 0) / 501;
  const scatter = values.reduce((sum, value, i) => sum + (value - mean - slope * times[i]) ** 2, 0) / 499;
  const squares = times.reduce((sum, time) => sum + time ** 2, 0);
  expect(error / Math.sqrt((50 * scatter) / squares)).toBeCloseTo(1, 9);
  expect(driftOf(meterOf(energies.slice(0, 51)), timestepFs).driftErrorMevPerAtomPerPs).toBeGreaterThan(0);
  expect(driftOf(meterOf(energies.slice(0, 50)), timestepFs)).not.toHaveProperty('driftErrorMevPerAtomPerPs');
});

it('finds no drift beyond three errors in energies that only swing as vibrations of metals do, from a tenth of a picosecond on', () => {
  for (const steps of [50, 75, 100, 200, 400, 1000]) {
    for (let part = 0; part < 12; part++) {
      const energies = Array.from({ length: steps + 1 }, (_, step) =>
        Math.sin((2 * Math.PI * step * timestepFs) / 100 + (Math.PI * part) / 6),
      );
      const drift = driftOf(meterOf(energies), timestepFs);
      expect(Math.abs(drift.driftMevPerAtomPerPs)).toBeLessThan(3 * (drift.driftErrorMevPerAtomPerPs ?? 0));
    }
  }
});
