import { describe, expect, it } from 'vitest';
import { createEmt } from '../../../calculators/emt.js';
import { type AnalysisOptions, createAnalysis } from '../../../md/analysis/analysis.js';
import { frameOfState, frameOfStructure } from '../../../md/analysis/frame.js';
import { createThermodynamics } from '../../../md/analysis/thermodynamics.js';
import { snapshotOf } from '../../../md/record/snapshot.js';
import { runMd } from '../../../md/run.js';
import { formatExtxyz, parseExtxyz } from '../../../src/io/xyz/extxyz.js';
import { createStructure } from '../../../src/structure/structure.js';
import { GPa, kB } from '../../../src/units.js';
import { largestDifference } from '../../helpers/compare.js';
import { rattledCopper } from '../../helpers/copper.js';
import { harmonicWells } from '../../helpers/harmonic.js';

const all: AnalysisOptions = { rdf: {}, msd: {}, vacf: {}, thermo: true };

describe('an analysis', () => {
  it('gives the same while a simulation runs as from its trajectory afterwards', async () => {
    const [running, after] = [createAnalysis(all), createAnalysis(all)];
    let text = '';
    for await (const state of runMd(rattledCopper(1), createEmt(), { steps: 60, timestepFs: 2, temperatureK: 300 })) {
      running.add(frameOfState(state, 2));
      text += formatExtxyz(snapshotOf(state, 2));
    }
    for (const structure of parseExtxyz(text)) after.add(frameOfStructure(structure, Number(structure.info.time_fs)));
    const [during, afterwards] = [running.result(), after.result()];
    expect(during).toMatchObject({ frames: 61, atomCount: 4, firstTimeFs: 0, lastTimeFs: 120 });
    const compare = (select: (result: typeof during) => Float64Array | undefined) => {
      const [a, b] = [select(during), select(afterwards)];
      expect(a?.length).toBeGreaterThan(20);
      expect(largestDifference(a ?? [], b ?? [])).toBeLessThan(1e-6);
    };
    compare(({ rdf }) => rdf?.pairs[0].g);
    compare(({ msd }) => msd?.elements[0].values);
    compare(({ vacf }) => vacf?.elements[0].spectrum.intensities);
    for (const quantity of ['temperature', 'potentialEnergy', 'totalEnergy', 'density', 'pressure'] as const) {
      compare(({ thermo }) => thermo?.[quantity]?.values);
    }
    expect(during.thermo?.conservedEnergy?.standardDeviation).toBeLessThan(1e-3);
  });

  it('finds the frequency sqrt(k/m) of atoms in harmonic wells that are simulated', async () => {
    const crystal = rattledCopper(1, { rattle: 0 });
    const wells = harmonicWells(4, crystal.positions);
    const analysis = createAnalysis({ vacf: { window: 400 } });
    for await (const state of runMd(crystal, wells, { steps: 4000, timestepFs: 2, temperatureK: 100 }))
      analysis.add(frameOfState(state, 2));
    const spectrum = analysis.result().vacf?.elements[0].spectrum;
    const peak = spectrum?.frequenciesTHz[spectrum.intensities.indexOf(Math.max(...spectrum.intensities))] ?? 0;
    const timeUnitFs = 10.180505717; // A sqrt(amu/eV)
    const frequencyTHz = (Math.sqrt(4 / crystal.masses[0]) / (2 * Math.PI) / timeUnitFs) * 1000;
    expect(Math.abs(peak - frequencyTHz)).toBeLessThan(spectrum?.resolutionTHz ?? 0);
  });

  it('asks for a frame', () => {
    expect(() => createAnalysis(all).result()).toThrow(/at least one frame/);
  });
});

describe('thermodynamics', () => {
  it('of a structure with velocities and stress: density, temperature and pressure by their definitions', () => {
    const velocities = Float64Array.from({ length: 12 }, (_, i) => 0.01 * (i - 5));
    const copper = createStructure({
      ...rattledCopper(1),
      velocities,
      labels: { energy: -3, stress: new Float64Array(6).fill(-0.01) },
    });
    const meter = createThermodynamics();
    meter.add(frameOfStructure(copper, 0));
    const { density, temperature, pressure, totalEnergy } = meter.result();
    const kinetic = (63.546 / 2) * velocities.reduce((sum, value) => sum + value * value, 0);
    expect(density?.mean).toBeCloseTo((4 * 63.546 * 1.66053904) / 3.61 ** 3, 6);
    expect(temperature?.mean).toBeCloseTo((2 * kinetic) / (12 * kB), 6);
    expect(pressure?.mean).toBeCloseTo((0.01 + (2 * kinetic) / (3 * 3.61 ** 3)) / GPa, 6);
    expect(totalEnergy?.mean).toBeCloseTo(kinetic - 3, 9);
  });

  it('counts only coordinates that may move', () => {
    const velocities = new Float64Array(12).fill(0.01);
    const fixed = new Uint8Array(12).fill(1, 0, 6);
    const temperatureOf = (more: object) =>
      frameOfStructure(createStructure({ ...rattledCopper(1), velocities, ...more }), 0).temperatureK;
    expect((temperatureOf({ fixed }) ?? 0) / (temperatureOf({}) ?? 1)).toBeCloseTo(2, 12);
  });

  it('has no density without a cell', () => {
    const meter = createThermodynamics();
    meter.add(frameOfStructure(createStructure({ symbols: ['He'], positions: [0, 0, 0] }), 0));
    expect(meter.result()).toEqual({});
  });
});
