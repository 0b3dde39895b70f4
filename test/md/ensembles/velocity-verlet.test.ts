import { describe, expect, it } from 'vitest';
import { velocityVerletStep } from '../../../md/ensembles/velocity-verlet.js';
import { conservedEnergy, createMdState, type MdState, updateForces } from '../../../md/state/state.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { fs } from '../../../src/units.js';
import { harmonicWells, springs } from '../../helpers/harmonic.js';

const cluster = createStructure({
  symbols: ['Cu', 'Cu', 'O', 'H', 'Au'],
  positions: [0, 0, 0, 2, 0.1, 0, 0.3, 2.1, 0, 0, 0.2, 1.9, 1.8, 1.7, 1.9],
  velocities: Float64Array.from({ length: 15 }, createRandom(3).normal).map((value) => 0.05 * value),
});
const clusterForces = springs(2, 2);

async function run(state: MdState, calculator: typeof clusterForces, timing: { timestepFs: number; steps: number }) {
  await updateForces(state, calculator);
  for (let step = 0; step < timing.steps; step++) await velocityVerletStep(state, calculator, timing);
  return state;
}

describe('velocityVerletStep', () => {
  it('follows the exact solution of the discrete harmonic oscillator', async () => {
    const mass = 12;
    const stiffness = 3;
    const timestepFs = 4;
    const atom = createStructure({ symbols: ['C'], positions: [0.1, 0, 0], masses: [mass] });
    const state = createMdState(atom);
    const calculator = harmonicWells(stiffness, new Float64Array(3));
    await updateForces(state, calculator);
    // Leap-frog of x'' = -w^2 x from rest: x_n = x_0 cos(n W) with cos W = 1 - (w dt)^2 / 2.
    const phase = Math.acos(1 - ((stiffness / mass) * (timestepFs * fs) ** 2) / 2);
    for (let step = 1; step <= 300; step++) {
      await velocityVerletStep(state, calculator, { timestepFs });
      expect(state.positions[0]).toBeCloseTo(0.1 * Math.cos(step * phase), 12);
    }
    expect(state.step).toBe(300);
  });

  it('quarters the energy error when the time step is halved', async () => {
    const errors = await Promise.all(
      [2, 1, 0.5].map(async (timestepFs) => {
        const state = createMdState(cluster);
        await updateForces(state, clusterForces);
        const start = conservedEnergy(state);
        let largest = 0;
        for (let time = 0; time < 200; time += timestepFs) {
          await velocityVerletStep(state, clusterForces, { timestepFs });
          largest = Math.max(largest, Math.abs(conservedEnergy(state) - start));
        }
        return largest;
      }),
    );
    expect(errors[0] / errors[1]).toBeCloseTo(4, 0);
    expect(errors[1] / errors[2]).toBeCloseTo(4, 0);
  });

  it('returns to its start when the momenta are reversed', async () => {
    const state = await run(createMdState(cluster), clusterForces, { timestepFs: 1, steps: 300 });
    expect(distance(state.positions, cluster.positions)).toBeGreaterThan(0.1);
    state.momenta.forEach((value, i) => {
      state.momenta[i] = -value;
    });
    await run(state, clusterForces, { timestepFs: 1, steps: 300 });
    expect(distance(state.positions, cluster.positions)).toBeLessThan(1e-10); // rounding of 600 steps, amplified by the anharmonic motion
  });

  it('keeps the total momentum', async () => {
    const state = createMdState(cluster);
    const before = totalMomentum(state);
    await run(state, clusterForces, { timestepFs: 1, steps: 300 });
    totalMomentum(state).forEach((value, axis) => expect(value).toBeCloseTo(before[axis], 12));
  });

  it('keeps the angular momentum', async () => {
    const state = createMdState(cluster);
    const before = angularMomentum(state);
    expect(Math.hypot(...before)).toBeGreaterThan(0.1);
    await run(state, clusterForces, { timestepFs: 1, steps: 300 });
    angularMomentum(state).forEach((value, axis) => expect(value).toBeCloseTo(before[axis], 11));
  });

  it('does not move fixed coordinates and moves the others', async () => {
    const fixed = new Uint8Array(15).fill(1, 3, 6);
    fixed[0] = 1;
    const state = await run(createMdState({ ...cluster, fixed }), clusterForces, { timestepFs: 1, steps: 50 });
    state.positions.forEach((value, i) => {
      if (fixed[i]) expect(value).toBe(cluster.positions[i]);
      else expect(value).not.toBe(cluster.positions[i]);
      if (fixed[i]) expect(state.momenta[i]).toBe(0);
    });
  });

  it('refuses to let an atom leap out of its surroundings', async () => {
    const fast = createStructure({ symbols: ['H'], positions: [0, 0, 0], velocities: [3, 0, 0] });
    const running = run(createMdState(fast), harmonicWells(0, new Float64Array(3)), { timestepFs: 10, steps: 1 });
    await expect(running).rejects.toMatchObject({ code: 'unstable', details: { quantity: 'positions', step: 0 } });
  });
});

function distance(a: Float64Array, b: Float64Array): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

function totalMomentum({ momenta }: MdState): number[] {
  return [0, 1, 2].map((axis) => momenta.reduce((sum, value, i) => (i % 3 === axis ? sum + value : sum), 0));
}

function angularMomentum({ positions, momenta }: MdState): number[] {
  const sum = [0, 0, 0];
  for (let i = 0; i < positions.length; i += 3) {
    for (const axis of [0, 1, 2]) {
      const [next, last] = [i + ((axis + 1) % 3), i + ((axis + 2) % 3)];
      sum[axis] += positions[next] * momenta[last] - positions[last] * momenta[next];
    }
  }
  return sum;
}
