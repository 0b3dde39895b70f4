import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmt } from '../../../calculators/emt.js';
import { createAnalysis } from '../../../md/analysis/analysis.js';
import { frameOfState } from '../../../md/analysis/frame.js';
import { createRunAnalysis, type RunAnalysisOptions, resolveRunAnalysis } from '../../../md/analysis/run-analysis.js';
import { continueMd, startMd } from '../../../md/run.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { rattledCopper } from '../../helpers/copper.js';
import { springs } from '../../helpers/harmonic.js';
import { mdFileContents, mdFiles, type RecordRequest, recordUntil } from '../../helpers/recording.js';

const emt = createEmt();
const everyStep: RunAnalysisOptions = {
  rdf: { every: 1, cutoff: 5 },
  msd: { every: 1 },
  vacf: { every: 1, window: 40 },
  thermo: { every: 1 },
};

describe('an analysis while a simulation runs', () => {
  it('is to the bit that of all its frames, g(r) without the start', async () => {
    const run = await startMd(rattledCopper(1), emt, { steps: 100, timestepFs: 2 });
    const running = createRunAnalysis(everyStep, { md: run.state, timestepFs: 2 });
    const afterwards = createAnalysis({ msd: {}, vacf: { window: 40 }, thermo: true });
    const distribution = createAnalysis({ rdf: { cutoff: 5 } });
    for await (const state of continueMd(run, emt)) {
      running.add();
      afterwards.add(frameOfState(state, 2));
      if (state.step > 0) distribution.add(frameOfState(state, 2));
    }
    const { msd, vacf, thermo } = afterwards.result();
    const { rdf } = distribution.result();
    expect(running.result()).toMatchObject({ steps: 100, timestepFs: 2, rdf, msd, vacf, thermo });
  });

  it('takes each observable at its own interval', async () => {
    const run = await startMd(rattledCopper(1), emt, { steps: 60 });
    const options = { rdf: { every: 30 }, msd: { every: 7 }, vacf: { every: 4 }, thermo: { every: 9 } };
    const analysis = createRunAnalysis(options, { md: run.state, timestepFs: 1 });
    for await (const _ of continueMd(run, emt)) analysis.add();
    const { rdf, msd, vacf, thermo, every } = analysis.result();
    expect(every).toEqual({ rdf: 30, msd: 7, vacf: 4, thermo: 9 });
    expect([rdf, msd, vacf].map((one) => one?.frames)).toEqual([2, 9, 16]);
    expect(msd?.lagsFs).toEqual(Float64Array.of(7, 14, 21, 28));
    expect(thermo?.temperature?.timesFs).toEqual(Float64Array.of(0, 9, 18, 27, 36, 45, 54));
  });

  it('has no g(r) before its first sample behind the start, and says so', async () => {
    const run = await startMd(rattledCopper(1), emt, { steps: 20 });
    const analysis = createRunAnalysis({ rdf: { every: 100 } }, { md: run.state, timestepFs: 1 });
    for await (const _ of continueMd(run, emt)) analysis.add();
    const { rdf, notices } = analysis.result();
    expect(rdf).toBeUndefined();
    expect(notices).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/no g\(r\).*every 100 steps/) }),
    ]);
  });

  it('keeps memory within bounds: a ring of velocities, 16 frames to each doubling, 2000 samples of a series', async () => {
    const pair = createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2.1, 0, 0] });
    const calculator = springs(2, 2);
    const run = await startMd(pair, calculator, { steps: 20_000 });
    const options = { msd: { every: 1 }, vacf: { every: 1, window: 50 }, thermo: { every: 1 } };
    const analysis = createRunAnalysis(options, { md: run.state, timestepFs: 1 });
    let sum = 0;
    for await (const { potentialEnergy } of continueMd(run, calculator)) {
      analysis.add();
      sum += potentialEnergy;
    }
    const { msd, vacf, thermo } = analysis.state;
    expect(vacf?.ring).toHaveLength(50);
    const framesOf = (level: number) => Math.min(16, Math.floor(20_000 / 2 ** level) + 1);
    expect(msd?.levels.map(({ ring }) => ring.length)).toEqual(
      Array.from({ length: 15 }, (_, level) => framesOf(level)),
    );
    const energies = thermo?.potentialEnergy;
    expect(energies?.times.length).toBeLessThanOrEqual(2000);
    expect(energies?.times.length).toBeGreaterThan(1000);
    expect(analysis.result().thermo?.potentialEnergy).toMatchObject({
      samples: 20_001,
      stride: 16,
      mean: expect.closeTo(sum / 20_001, 12),
    });
  });
});

describe('a simulation with analyses that dies and is resumed gives the same results to the bit', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lamm-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const steps = 90;
  const analysis = {
    rdf: { every: 5, cutoff: 5 },
    msd: { every: 2 },
    vacf: { every: 3, window: 12 },
    thermo: { every: 4 },
  };
  const md = { steps, ensemble: 'npt-rescale', seed: 3, temperatureK: 600, timestepFs: 2 } as const;

  function optionsOf(name: string): RecordRequest {
    const results = { json: join(folder, `${name}.json`), csv: join(folder, `${name}-curves.csv`) };
    const settings = { origin: { calculator: 'emt' }, trajectoryEvery: 20, logEvery: 10, analysis };
    return { md, files: { ...mdFiles(folder, name), analysis: results }, settings, checkpointEvery: 7 };
  }

  const contentsOf = async ({ files }: RecordRequest) => [
    ...(await mdFileContents(files)),
    ...(await Promise.all(Object.values(files.analysis ?? {}).map((path) => readFile(path, 'utf8')))),
  ];

  it('wherever it dies', async () => {
    const random = createRandom(12);
    const copper = rattledCopper(1);
    const whole = optionsOf('whole');
    await recordUntil(copper, emt, whole);
    const expected = await contentsOf(whole);
    expect(expected).toHaveLength(5);
    for (const round of Array(8).keys()) {
      const parts = optionsOf(`parts${round}`);
      await recordUntil(copper, emt, { ...parts, stopAt: random.integer(steps) });
      for (const stopAt of [random.integer(steps), steps - 1, undefined]) {
        await recordUntil(copper, emt, { ...parts, resume: true, stopAt });
      }
      expect(await contentsOf(parts)).toEqual(expected);
    }
  });
});

describe('the intervals by default', () => {
  const at = (symbol: string, timestepFs: number) => {
    const system = createStructure({ symbols: [symbol], positions: [0, 0, 0], cell: [9, 0, 0, 0, 9, 0, 0, 0, 9] });
    return resolveRunAnalysis({ rdf: {}, msd: {}, vacf: {}, thermo: {} }, { system, timestepFs });
  };

  it('show vibrations of the lightest atoms', () => {
    expect(at('H', 0.5).vacf).toEqual({ every: 5, window: 1000 });
    expect(at('Cu', 2).vacf).toEqual({ every: 11, window: 182 });
    expect(at('H', 5).vacf?.every).toBe(1);
    expect(at('Cu', 2)).toMatchObject({ rdf: { every: 100 }, msd: { every: 10 }, thermo: { every: 10 } });
  });

  it('take g(r) within half of the cell, in whole bins, and no farther than 8 A', () => {
    const cutoffIn = (edge: number, rdf: object = {}) => {
      const system = createStructure({
        symbols: ['H'],
        positions: [0, 0, 0],
        cell: [20, 0, 0, 0, edge, 0, 0, 0.5 * edge, 30],
      });
      return resolveRunAnalysis({ rdf }, { system, timestepFs: 1 }).rdf?.cutoff;
    };
    expect(cutoffIn(40)).toBeCloseTo(8, 12);
    expect(cutoffIn(10.07)).toBeLessThanOrEqual(10.07 / 2);
    expect(cutoffIn(10.07)).toBeGreaterThan(4.9); // less by the shear, and by part of a bin
    expect(cutoffIn(10, { cutoff: 7 })).toBe(7);
    expect(cutoffIn(1e-2)).toBeCloseTo(0.05, 12);
  });

  it('leave alone what is given, and refuse a density where there is none', () => {
    const system = createStructure({ symbols: ['H'], positions: [0, 0, 0] });
    const request = { vacf: { every: 7, window: 9 } };
    expect(resolveRunAnalysis(request, { system, timestepFs: 1 })).toEqual(request);
    expect(() => resolveRunAnalysis({ rdf: {} }, { system, timestepFs: 1 })).toThrow(
      expect.objectContaining({ code: 'structure' }),
    );
  });
});
