import { describe, expect, it } from 'vitest';
import { startMd } from '../../../md/run.js';
import { temperature } from '../../../md/state/state.js';
import { adviseTimestepFs } from '../../../md/state/timestep-advice.js';
import { atomicMasses } from '../../../src/elements.js';
import { cross3 } from '../../../src/linalg/matrix3.js';
import { createStructure } from '../../../src/structure/structure.js';
import { springs } from '../../helpers/harmonic.js';

const strained = createStructure({
  symbols: ['Cu', 'Cu', 'O', 'O'],
  positions: [0, 0, 0, 1.2, 0.1, 0, 0.2, 1.7, 0.1, 0.4, 0.5, 2.9],
});

describe('equilibration', () => {
  it('relaxes the positions, draws velocities at the temperature, and leaves neither drift nor rotation', async () => {
    const calculator = springs(4, 1.5);
    const { energy } = await calculator.calculate(strained);
    const { state, settled } = await startMd(strained, calculator, { steps: 0, equilibrate: true, temperatureK: 250 });
    expect(settled?.energyChange).toBeCloseTo(state.potentialEnergy - energy, 12);
    expect(settled?.energyChange).toBeLessThan(-1);
    expect(settled?.fmax).toBeLessThan(0.1);
    expect(temperature(state)).toBeCloseTo(250, 9);
    const center = [0, 1, 2].map(
      (axis) => weightedSum(state.masses, state.positions, axis) / state.masses.reduce((a, b) => a + b),
    );
    const turn = [0, 0, 0];
    for (let atom = 0; atom < 4; atom++) {
      const arm = center.map((value, axis) => state.positions[3 * atom + axis] - value);
      cross3(arm, state.momenta.subarray(3 * atom, 3 * atom + 3)).forEach((value, axis) => {
        turn[axis] += value;
      });
    }
    for (const axis of [0, 1, 2]) {
      expect(turn[axis]).toBeCloseTo(0, 12);
      expect(state.momenta.reduce((sum, value, i) => sum + (i % 3 === axis ? value : 0), 0)).toBeCloseTo(0, 12);
    }
  });

  it('takes no velocities from the file, and refuses to be told to', async () => {
    const moving = { ...strained, velocities: new Float64Array(12).fill(1) };
    const { state } = await startMd(moving, springs(4, 1.5), { steps: 0, equilibrate: true, temperatureK: 10 });
    expect(temperature(state)).toBeCloseTo(10, 9);
    const refused = startMd(moving, springs(4, 1.5), { steps: 0, equilibrate: true, velocities: 'keep' });
    await expect(refused).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('the advice on the time step', () => {
  it('is about half a femtosecond for hydrogen and grows with the root of the lightest mass', () => {
    const advise = (...numbers: number[]) =>
      adviseTimestepFs(Float64Array.from(numbers, (number) => atomicMasses[number]));
    expect(advise(1)).toBeCloseTo(0.58, 1);
    expect(advise(29, 79)).toBeCloseTo(advise(1) * Math.sqrt(atomicMasses[29] / atomicMasses[1]), 12);
    expect(advise(79, 1)).toBe(advise(1));
  });
});

function weightedSum(masses: Float64Array, positions: Float64Array, axis: number): number {
  return masses.reduce((sum, mass, atom) => sum + mass * positions[3 * atom + axis], 0);
}
