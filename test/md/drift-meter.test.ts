import { expect, it } from 'vitest';
import { createDriftMeter, driftOf, meansOf, measureDrift } from '../../md/drift-meter.js';
import { createMdState } from '../../md/state.js';
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
  expect(driftOf(meterOf(energies))).toBeCloseTo(1500, 8);
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
  expect(driftOf(meterOf(energies))).toBeCloseTo((1000 * slope) / 2, 6);
});

it('says 0 before there are two samples', () => {
  expect(driftOf(meterOf([-3]))).toBe(0);
  expect(meansOf(meterOf([-3])).temperature).toBe(0);
});
