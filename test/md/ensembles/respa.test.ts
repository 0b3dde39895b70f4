import { describe, expect, it } from 'vitest';
import { createSum } from '../../../calculators/sum.js';
import { withInner } from '../../../md/ensembles/respa.js';
import { continueMd, runMd, startMd } from '../../../md/run.js';
import type { MdOptions } from '../../../md/settings.js';
import { conservedEnergy } from '../../../md/state/state.js';
import { createStructure } from '../../../src/structure/structure.js';
import { largestDifference } from '../../helpers/compare.js';
import { harmonicWells, idealGas, springs } from '../../helpers/harmonic.js';

const cluster = createStructure({
  symbols: ['Cu', 'Cu', 'O', 'O', 'Al'],
  positions: [0, 0, 0, 2, 0.1, 0, 0.3, 2.1, 0, 0, 0.2, 1.9, 1.8, 1.7, 1.9],
});
const stiff = springs(3, 2);
const soft = harmonicWells(0.3, cluster.positions);
const whole = createSum([stiff, soft]);
const options: MdOptions = { steps: 100, timestepFs: 2, innerSteps: 4, temperatureK: 300, seed: 2, ensemble: 'nve' };

async function positionsAfter(calculator: typeof whole, more: MdOptions): Promise<Float64Array> {
  let last: Float64Array = new Float64Array(0);
  for await (const { positions } of runMd(cluster, calculator, more)) last = positions;
  return last;
}

/** Largest change of the conserved energy over 0.5 ps. */
async function errorOf(more: Partial<MdOptions>): Promise<number> {
  const timestepFs = more.timestepFs ?? 2;
  let [start, largest] = [0, 0];
  for await (const state of runMd(cluster, withInner(whole, stiff), { ...options, ...more, steps: 500 / timestepFs })) {
    if (state.step === 0) start = conservedEnergy(state);
    largest = Math.max(largest, Math.abs(conservedEnergy(state) - start));
  }
  return largest;
}

describe('multiple time stepping', () => {
  it('is Verlet with the short step when the inner forces are all of them', async () => {
    const split = await positionsAfter(withInner(whole, whole), options);
    const plain = await positionsAfter(whole, { ...options, steps: 400, timestepFs: 0.5, innerSteps: 1 });
    expect(largestDifference(split, plain)).toBeLessThan(1e-11);
  });

  it('is Verlet with the long step when the inner forces are none', async () => {
    const split = await positionsAfter(withInner(whole, idealGas), options);
    const plain = await positionsAfter(whole, { ...options, innerSteps: 1 });
    expect(largestDifference(split, plain)).toBeLessThan(1e-11);
  });

  it.each(['nve', 'nose-hoover'] as const)('has a quarter of the error at half the step: %s', async (ensemble) => {
    const ratio = (await errorOf({ ensemble, timestepFs: 4 })) / (await errorOf({ ensemble, timestepFs: 2 }));
    expect(ratio).toBeGreaterThan(3.4);
    expect(ratio).toBeLessThan(4.6);
  });

  it('bears longer outer steps than the stiff forces would alone', async () => {
    const split = await errorOf({ timestepFs: 10, innerSteps: 10 });
    const plain = await errorOf({ timestepFs: 10, innerSteps: 2 });
    expect(split).toBeLessThan(plain / 10);
  });

  it('can be reversed in time', async () => {
    const calculator = withInner(whole, stiff);
    const run = await startMd(cluster, calculator, options);
    for await (const _ of continueMd(run, calculator)) void _;
    expect(largestDifference(run.state.positions, cluster.positions)).toBeGreaterThan(0.05);
    run.state.momenta.forEach((value, i, momenta) => {
      momenta[i] = -value;
    });
    run.state.step = 0;
    for await (const _ of continueMd(run, calculator)) void _;
    expect(largestDifference(run.state.positions, cluster.positions)).toBeLessThan(1e-10);
  });

  it.each([
    [withInner(whole, stiff), { innerSteps: 1 }],
    [whole, { innerSteps: 4 }],
    [withInner(whole, stiff), { ensemble: 'langevin' }],
    [withInner(whole, stiff), { innerSteps: 0 }],
    [withInner(whole, stiff), { innerSteps: 1.5 }],
  ] as const)('refuses inner steps that cannot be taken: %#', async (calculator, more) => {
    await expect(positionsAfter(calculator, { ...options, ...more })).rejects.toMatchObject({ code: 'usage' });
  });
});
