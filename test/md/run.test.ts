import { describe, expect, it } from 'vitest';
import type { Calculator } from '../../calculators/calculator.js';
import { type MdSummary, runMd } from '../../md/run.js';
import type { MdOptions } from '../../md/settings.js';
import { kineticEnergy, type MdState, temperature } from '../../md/state/state.js';
import { UnstableError } from '../../src/errors.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { harmonicWells, springs, testCalculator } from '../helpers/harmonic.js';

const cluster = createStructure({ symbols: ['Cu', 'Cu', 'O'], positions: [0, 0, 0, 2.1, 0, 0, 0, 1.9, 0] });
const bonds = springs(2, 2);

async function collect<T>(
  structure: Structure,
  calculator: Calculator,
  options: MdOptions,
  pick: (state: MdState) => T,
) {
  const picked: T[] = [];
  const states = runMd(structure, calculator, options);
  for (;;) {
    const next = await states.next();
    if (next.done) return { picked, summary: next.value as MdSummary };
    picked.push(pick(next.value));
  }
}

describe('runMd', () => {
  it('yields the start and every step, and counts them in the summary', async () => {
    const { picked, summary } = await collect(cluster, bonds, { steps: 20, timestepFs: 2 }, ({ step }) => step);
    expect(picked).toEqual(Array.from({ length: 21 }, (_, step) => step));
    expect(summary).toMatchObject({ steps: 20, stepsHere: 20, atomCount: 3, ensemble: 'nve', conservative: true });
    expect(summary.nsPerDay).toBeCloseTo((summary.stepsPerSecond * 2 * 86_400) / 1e6, 9);
  });

  it('starts from drawn velocities at the temperature, without net momentum', async () => {
    const { picked } = await collect(cluster, bonds, { steps: 0, temperatureK: 250, seed: 4 }, (state) => ({
      temperature: temperature(state),
      momentum: state.momenta[0] + state.momenta[3] + state.momenta[6],
    }));
    expect(picked[0].temperature).toBeCloseTo(250, 9);
    expect(picked[0].momentum).toBeCloseTo(0, 14);
  });

  it('keeps the velocities of the structure, unless new ones are asked for or all are zero', async () => {
    const velocities = Float64Array.from({ length: 9 }, (_, i) => 0.01 * i);
    const first = async (structure: Structure, options: Partial<MdOptions>) =>
      (await collect(structure, bonds, { steps: 0, ...options }, kineticEnergy)).picked[0];
    const kept = await first({ ...cluster, velocities }, {});
    expect(kept).toBeCloseTo((63.546 * 1e-4 * (0 + 1 + 4 + 9 + 16 + 25) + 15.999 * 1e-4 * (36 + 49 + 64)) / 2, 12);
    expect(await first({ ...cluster, velocities }, { velocities: 'draw' })).toBe(await first(cluster, {}));
    expect(await first({ ...cluster, velocities: new Float64Array(9) }, {})).toBe(await first(cluster, {}));
    expect(await first({ ...cluster, velocities: new Float64Array(9) }, { velocities: 'keep' })).toBe(0);
    const nothingToKeep = first(cluster, { velocities: 'keep' });
    await expect(nothingToKeep).rejects.toMatchObject({ code: 'usage', details: { quantity: 'velocities' } });
  });

  it('repeats itself for the same seed and differs for another', async () => {
    const last = async (seed: number) =>
      (
        await collect(cluster, bonds, { steps: 30, ensemble: 'langevin', seed }, (state) => state.positions.join())
      ).picked.at(-1);
    expect(await last(1)).toBe(await last(1));
    expect(await last(1)).not.toBe(await last(2));
  });

  it('drifts less than 1 meV per atom and ps for conservative forces at 1 fs', async () => {
    const { summary } = await collect(cluster, bonds, { steps: 4000, temperatureK: 300 }, () => 0);
    expect(Math.abs(summary.driftMevPerAtomPerPs)).toBeLessThan(1);
  });

  it('uses a thermostat for forces that are not conservative, and constant energy only when asked', async () => {
    const pushing = testCalculator('pushing', directForces, { conservative: false });
    expect((await collect(cluster, pushing, { steps: 3 }, () => 0)).summary).toMatchObject({
      ensemble: 'langevin',
      conservative: false,
    });
    expect((await collect(cluster, pushing, { steps: 3, ensemble: 'nve' }, () => 0)).summary.ensemble).toBe('nve');
  });

  it('refuses constant pressure by a stress that is no derivative of the energy, before anything is calculated', async () => {
    const told = testCalculator('told', directForces, { conservative: false, stress: true });
    const crystal = createStructure({ symbols: ['Cu'], positions: [0, 0, 0], cell: [4, 0, 0, 0, 4, 0, 0, 0, 4] });
    const run = collect(crystal, told, { steps: 3, ensemble: 'npt-mtk', temperatureK: 300 }, () => 0);
    await expect(run).rejects.toMatchObject({
      code: 'missing-property',
      message: expect.stringMatching(
        /derivative of the energy, which that of told is not; choose a conservative model/,
      ),
    });
  });

  it('removes and reports the net force of forces that are not conservative', async () => {
    const pushing = testCalculator('pushing', directForces, { conservative: false });
    const { picked, summary } = await collect(
      cluster,
      pushing,
      { steps: 50, ensemble: 'nve', timestepFs: 1 },
      (state) => state.momenta.reduce((sum, value) => sum + Math.abs(value), 0),
    );
    expect(summary.largestNetForce).toBeCloseTo(0.3 * Math.hypot(1, 2, 2), 12);
    expect(picked.at(-1)).toBeCloseTo(picked[0], 12); // nothing but the net force acts
  });

  it.each([
    { steps: 1.5 },
    { steps: -1 },
    { steps: 1, timestepFs: 0 },
    { steps: 1, temperatureK: -3 },
    { steps: 1, frictionPerFs: 0 },
    { steps: 1, timestepFs: Number.NaN },
  ])('refuses %o', async (options) => {
    await expect(collect(cluster, bonds, options, () => 0)).rejects.toMatchObject({ code: 'usage' });
  });

  it('stops with the step when energy or forces stop being numbers', async () => {
    let calls = 0;
    const breaking = testCalculator('breaking', ({ positions }) => ({
      energies: new Float64Array(positions.length / 3),
      forces: new Float64Array(positions.length).fill(calls++ < 5 ? 0 : Number.NaN),
    }));
    const run = collect(cluster, breaking, { steps: 100 }, () => 0);
    await expect(run).rejects.toMatchObject({ code: 'non-finite', details: { step: 4 } });
    await expect(run).rejects.toBeInstanceOf(UnstableError);
  });

  it('stops when the temperature explodes', async () => {
    const wells = harmonicWells(5, cluster.positions.slice());
    // Unstable beyond w dt = 2: the amplitude grows at every step.
    const run = collect(cluster, wells, { steps: 1000, timestepFs: 45 }, () => 0);
    await expect(run).rejects.toMatchObject({ code: 'unstable' });
  });

  it('stops when atoms come to lie on top of each other, be the energy as it may', async () => {
    const hole = { ...springs(2, 0), capabilities: { ...bonds.capabilities, cutoff: 5 } }; // nothing keeps two atoms apart
    const pair = createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 1, 0, 0] });
    const run = collect(
      pair,
      hole,
      { steps: 3000, ensemble: 'langevin', temperatureK: 50, frictionPerFs: 0.05 },
      () => 0,
    );
    await expect(run).rejects.toMatchObject({
      code: 'unstable',
      message: expect.stringMatching(/atoms 1 and 2 are 0\.\d+ A apart/),
    });
  });

  it('does not call a hot start an explosion', async () => {
    const { summary } = await collect(
      cluster,
      harmonicWells(5, cluster.positions.slice()),
      { steps: 20, temperatureK: 20_000, timestepFs: 0.2 },
      () => 0,
    );
    expect(summary.steps).toBe(20);
  });
});

function directForces({ positions }: { positions: Float64Array }) {
  return { energies: new Float64Array(positions.length / 3), forces: positions.map((_, i) => [0.1, 0.2, 0.2][i % 3]) };
}
