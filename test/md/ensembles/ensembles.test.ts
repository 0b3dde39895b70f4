import { describe, expect, it } from 'vitest';
import { continueMd, type MdRun, runMd, startMd } from '../../../md/run.js';
import type { MdOptions } from '../../../md/settings.js';
import { conservedEnergy, kineticEnergy, type MdState } from '../../../md/state/state.js';
import {
  argon,
  argonBaths,
  argonPotential,
  deterministicEnsembles,
  randomEnsembles,
  weakEnsembles,
} from '../../helpers/argon.js';
import { harmonicWells } from '../../helpers/harmonic.js';

const common = argonBaths;

/** Largest changes of the conserved and of the total energy over 2 ps. */
async function changesOf(options: Partial<MdOptions>, timestepFs: number) {
  const energies: { conserved: number; total: number }[] = [];
  for await (const state of runMd(argon, argonPotential, {
    ...common,
    ...options,
    timestepFs,
    steps: 2000 / timestepFs,
  })) {
    energies.push({ conserved: conservedEnergy(state), total: state.potentialEnergy + kineticEnergy(state) });
  }
  const largest = (pick: 'conserved' | 'total') =>
    Math.max(...energies.map((energy) => Math.abs(energy[pick] - energies[0][pick])));
  return { conserved: largest('conserved'), total: largest('total') };
}

const errorOf = async (options: Partial<MdOptions>, timestepFs: number) =>
  (await changesOf(options, timestepFs)).conserved;

describe('the conserved energy', () => {
  it.each(deterministicEnsembles)('has a quarter of the error at half the time step: %s', async (_, options) => {
    const ratio = (await errorOf(options, 5)) / (await errorOf(options, 2.5));
    expect(ratio).toBeGreaterThan(3.6);
    expect(ratio).toBeLessThan(4.4);
  });

  it.each(randomEnsembles)(
    'has about a sixteenth of the error at a quarter of the time step: %s',
    async (_, options) => {
      const ratio = (await errorOf(options, 10)) / (await errorOf(options, 2.5));
      expect(ratio).toBeGreaterThan(8); // the random numbers of the two runs differ
      expect(ratio).toBeLessThan(32);
    },
  );

  it.each([...deterministicEnsembles.slice(1), ...randomEnsembles, ...weakEnsembles])(
    'counts what the baths give on a ramp: %s',
    async (_, options) => {
      const pressureEndGPa = options.ensemble?.startsWith('npt') ? 0.3 : 0;
      const { conserved, total } = await changesOf({ ...options, temperatureEndK: 200, pressureEndGPa }, 5);
      expect(total).toBeGreaterThan(0.3); // eV
      expect(conserved).toBeLessThan(0.01 * total);
    },
  );
});

describe('time', () => {
  it.each(deterministicEnsembles)('can be reversed: %s', async (_, options) => {
    const run = await startMd(argon, argonPotential, { ...common, ...options, timestepFs: 5, steps: 200 });
    const start = run.state.positions.slice();
    await finish(run);
    expect(distance(run.state.positions, start)).toBeGreaterThan(0.5);
    reverse(run.state);
    run.state.step = 0;
    await finish(run);
    expect(distance(run.state.positions, start)).toBeLessThan(1e-8); // chaos amplifies rounding
  });
});

describe('the centre of mass', () => {
  const holding = [...deterministicEnsembles.slice(1), ...randomEnsembles.slice(1)];
  it.each(holding)('stays at rest by default, and its coordinates are not counted: %s', async (_, options) => {
    const run = await startMd(argon, argonPotential, { ...common, ...options, timestepFs: 5, steps: 50 });
    await finish(run);
    expect(run.state.freedomCount).toBe(3 * 32 - 3);
    for (const axis of [0, 1, 2]) {
      const total = run.state.momenta.reduce((sum, value, i) => sum + (i % 3 === axis ? value : 0), 0);
      expect(Math.abs(total)).toBeLessThan(1e-11);
    }
  });

  it('moves with langevin and is counted', async () => {
    const run = await startMd(argon, argonPotential, { ...common, ensemble: 'langevin', steps: 5 });
    await finish(run);
    expect(run.state.freedomCount).toBe(96);
    expect(Math.abs(run.state.momenta.reduce((sum, value) => sum + value, 0))).toBeGreaterThan(0.01);
  });
});

describe('constant pressure', () => {
  it('is refused without stress, naming calculators that have it', async () => {
    const run = startMd(argon, harmonicWells(1, argon.positions), { steps: 1, ensemble: 'npt-mtk' });
    await expect(run).rejects.toMatchObject({
      code: 'missing-property',
      message: expect.stringMatching(/lamm-s, emt or lj/),
    });
  });

  it('is refused where a direction is not periodic, or an atom is fixed', async () => {
    const slab = { ...argon, pbc: [true, true, false] as const };
    await expect(startMd(slab, argonPotential, { steps: 1, ensemble: 'npt-rescale' })).rejects.toMatchObject({
      code: 'structure',
    });
    const constraints = [{ kind: 'atoms', atoms: [3] }] as const;
    const held = startMd(argon, argonPotential, { steps: 1, ensemble: 'npt-rescale', constraints });
    await expect(held).rejects.toMatchObject({ code: 'usage', details: { quantity: 'fixed' } });
  });

  it('is refused for an ensemble without a barostat', async () => {
    const run = startMd(argon, argonPotential, { steps: 1, ensemble: 'nose-hoover', pressureGPa: 1 });
    await expect(run).rejects.toThrow(/npt-rescale, npt-mtk, npt-berendsen.*found nose-hoover/);
  });

  it('stops when the cell explodes', async () => {
    const run = await startMd(argon, argonPotential, {
      ...common,
      steps: 1000,
      ensemble: 'npt-berendsen',
      pressureGPa: 5000,
      timestepFs: 2,
    });
    await expect(finish(run)).rejects.toMatchObject({ code: 'unstable' });
  });
});

async function finish(run: MdRun): Promise<void> {
  for await (const _ of continueMd(run, argonPotential)) void _;
}

function reverse({ momenta, chain, cellChains, cellRate }: MdState): void {
  const links = chain.length - 1; // the last number of a chain is an energy, not a velocity
  momenta.forEach((value, i) => {
    momenta[i] = -value;
  });
  cellRate.forEach((value, i) => {
    cellRate[i] = -value;
  });
  for (const array of [chain, cellChains]) {
    for (let i = 0; i < array.length; i++) if (i % (links + 1) < links) array[i] = -array[i];
  }
}

function distance(a: Float64Array, b: Float64Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i]));
}
