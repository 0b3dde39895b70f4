import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { listCheckpoints, readCheckpoint } from '../../pretrain/checkpoint/checkpoint-files.js';
import {
  countSteps,
  type PretrainEvent,
  type PretrainResult,
  type PretrainSetup,
  pretrain,
} from '../../pretrain/pretrain.js';
import { createTrainingState } from '../../pretrain/step/training-state.js';
import { bundleForNode } from '../helpers/bundle.js';
import { killableSettings, linearSetup, noSeconds, readMetrics, truth } from '../helpers/linear-training.js';

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'lamm-pretrain-'));
}

async function runToEnd(
  setup: PretrainSetup,
  onEvent: (event: PretrainEvent) => void = () => {},
): Promise<PretrainResult> {
  await using _folder = setup.folder;
  const run = pretrain(setup);
  for (;;) {
    const { done, value } = await run.next();
    if (done) return value;
    onEvent(value);
  }
}

/** The newest checkpoint without what depends on the clock or on how often settings were read. */
function finalState(folder: string) {
  const { state } = readCheckpoint(listCheckpoints(folder).at(-1) ?? '');
  const { progress } = state;
  return {
    ...state,
    progress: { ...progress, ...noSeconds, recent: { ...progress.recent, ...noSeconds } },
  };
}

/** Steps too long for the validation to get better for long. */
const falling = { learningRate: 0.5, validateEvery: 7, emaDecay: 0.3, plateau: { factor: 0.5, patience: 1 } };

describe('pretrain', () => {
  it('finds the parameters that made the labels of a linear model', async () => {
    const setup = await linearSetup(temporaryFolder(), {
      length: '120 epochs',
      learningRate: 0.02,
      warmup: '10 steps',
      decayTo: 0,
      emaDecay: 0.9,
    });
    const { parameters, completed } = await runToEnd(setup);
    expect(completed).toBe(true);
    expect(parameters[28]).toBeCloseTo(truth.energies[29], 3);
    expect(parameters[27]).toBeCloseTo(truth.energies[28], 3);
    expect(parameters[118]).toBeCloseTo(truth.spring, 3);
    expect(parameters[0]).toBe(0);
  });

  it.each<[name: string, settings: Readonly<Record<string, unknown>>]>([
    ['batches filled in order', {}],
    ['the balancer', { batch: { structures: 4 }, balance: { strategy: 'lamm', cost: 'edges', subsets: 3 } }],
    ['accumulation', { batch: { structures: 2 }, accumulate: 3, length: '20 epochs' }],
    ['a rate that falls on plateaus', { ...falling, schedule: 'plateau' }],
    ['a cosine, then plateaus', { ...falling, schedule: 'cosine-plateau', cosine: '6 epochs' }],
    ['a warm-up by epochs', { warmup: '3 epochs', cosine: '300 steps' }],
  ])(
    'ends with the state of the uninterrupted run, bit for bit, when it is stopped and resumed: %s',
    async (_, more) => {
      const settings = { ...killableSettings, ...more };
      const whole = temporaryFolder();
      const full = await runToEnd(await linearSetup(whole, settings));
      const pieces = temporaryFolder();
      let completed = false;
      for (let piece = 0; !completed; piece++) {
        const setup = await linearSetup(pieces, settings);
        const end = setup.state.progress.step + 37 + 11 * piece;
        ({ completed } = await runToEnd({ ...setup, shouldStop: async () => setup.state.progress.step >= end }));
      }
      expect(finalState(pieces)).toEqual(finalState(whole));
      expect(readMetrics(pieces)).toEqual(readMetrics(whole));
      expect(full.progress.step).toBe(full.totalSteps);
    },
  );

  it('ends with the state of the uninterrupted run after kill -9', async () => {
    const whole = temporaryFolder();
    await runToEnd(await linearSetup(whole, killableSettings));
    const killed = temporaryFolder();
    const script = await bundleForNode('helpers/linear-training-process.ts');
    for (const fatalStep of [8, 31, 90]) expect(await runProcess(script, killed, fatalStep)).toBe('SIGKILL');
    rmSync(dirname(script), { recursive: true });
    await runToEnd(await linearSetup(killed, killableSettings));
    expect(finalState(killed)).toEqual(finalState(whole));
    expect(readMetrics(killed)).toEqual(readMetrics(whole));
  });

  it('keeps the last two checkpoints and nothing half-written', async () => {
    const folder = temporaryFolder();
    await runToEnd(await linearSetup(folder, { length: '50 steps', checkpointEvery: 20 }));
    expect(readdirSync(folder).sort()).toEqual([
      'checkpoint-00000040.safetensors',
      'checkpoint-00000050.safetensors',
      'metrics.jsonl',
    ]);
  });

  it('cuts off metrics that were written after the checkpoint', async () => {
    const folder = temporaryFolder();
    await runToEnd(await linearSetup(folder, { length: '40 steps', logEvery: 10, checkpointEvery: 25 }));
    const before = readMetrics(folder);
    const resumed = temporaryFolder();
    cpSync(join(folder, 'checkpoint-00000025.safetensors'), join(resumed, 'checkpoint-00000025.safetensors'));
    cpSync(join(folder, 'metrics.jsonl'), join(resumed, 'metrics.jsonl'));
    await runToEnd(await linearSetup(resumed, { length: '40 steps', logEvery: 10, checkpointEvery: 25 }));
    expect(readMetrics(resumed)).toEqual(before);
  });

  it('logs the mean loss of all steps since the last line', async () => {
    const folder = temporaryFolder();
    const losses: number[] = [];
    await runToEnd(await linearSetup(folder, { length: '20 steps', logEvery: 10 }), (event) => {
      if (event.kind === 'step') losses.push(event.losses.loss);
    });
    const logged = readMetrics(folder).filter(({ kind }) => kind === 'training');
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(logged.map(({ loss }) => loss)).toEqual([mean(losses.slice(0, 10)), mean(losses.slice(10))]);
  });

  it('returns the average with the lowest validation loss', async () => {
    const folder = temporaryFolder();
    // The rate rises until the steps overshoot.
    const setup = await linearSetup(folder, {
      length: '60 steps',
      learningRate: 5,
      warmup: '60 steps',
      warmupFrom: 0,
      validateEvery: 1,
      emaDecay: 0.1,
    });
    const averages: Float32Array[] = [];
    const losses: number[] = [];
    const { parameters, progress } = await runToEnd(setup, (event) => {
      if (event.kind !== 'validation') return;
      averages.push(setup.state.average.slice());
      losses.push(event.result.loss);
    });
    const best = losses.indexOf(Math.min(...losses));
    expect(best).toBeLessThan(losses.length - 1);
    expect(progress.best).toEqual({ step: best + 1, loss: losses[best] });
    expect(parameters).toEqual(averages[best]);
  });

  it('lowers the rate when the validation is no longer better, and says so in the metrics', async () => {
    const folder = temporaryFolder();
    const { progress } = await runToEnd(
      await linearSetup(folder, {
        ...falling,
        schedule: 'plateau',
        warmup: '0 steps',
        length: '210 steps',
        logEvery: 7,
      }),
    );
    expect(progress.plateau.reductions).toBeGreaterThan(2);
    const rates = readMetrics(folder).flatMap(({ kind, learningRate }) => (kind === 'training' ? [learningRate] : []));
    const expected = [0.5, 0.25, 0.125, 0.0625].slice(0, progress.plateau.reductions);
    expect([...new Set(rates)].slice(0, expected.length)).toEqual(expected);
  });

  it('counts warm-up and cosine in epochs: the rate peaks and ends where they do', async () => {
    const folder = temporaryFolder();
    const batch = { structures: 6 }; // 10 steps an epoch
    const counted = { batch, schedule: 'cosine-plateau', learningRate: 0.01, warmup: '2 epochs', cosine: '4 epochs' };
    await runToEnd(
      await linearSetup(folder, { ...counted, length: '5 epochs', logEvery: 1, decayTo: 0.1, warmupFrom: 0.2 }),
    );
    const rates = readMetrics(folder).flatMap(({ kind, learningRate }) => (kind === 'training' ? [learningRate] : []));
    expect(rates[0]).toBeCloseTo(0.002, 12);
    expect(rates[20]).toBeCloseTo(0.01, 12);
    expect(rates[30]).toBeCloseTo(0.0055, 12);
    expect(rates[40]).toBeCloseTo(0.001, 12);
  });

  it('ends when its patience is at an end, at once when it is resumed, and goes on with more patience', async () => {
    const folder = temporaryFolder();
    const impatient = { ...falling, schedule: 'constant', warmup: '0 steps', length: '2000 steps', patience: 4 };
    const { completed, progress, totalSteps } = await runToEnd(await linearSetup(folder, impatient));
    expect(completed).toBe(true);
    expect(progress.step).toBeLessThan(totalSteps);
    expect(progress.step).toBe((progress.best?.step ?? 0) + 4 * falling.validateEvery);
    const again = await runToEnd(await linearSetup(folder, impatient));
    expect(again.progress.step).toBe(progress.step);
    const more = await runToEnd(await linearSetup(folder, { ...impatient, patience: 6 }));
    expect(more.progress.step).toBeGreaterThan(progress.step);
  });

  it('keeps a beginning that is better than all that follows, which counts against no patience', async () => {
    const learnt = { length: '120 epochs', learningRate: 0.02, warmup: '10 steps', decayTo: 0, emaDecay: 0.9 };
    const { parameters } = await runToEnd(await linearSetup(temporaryFolder(), learnt));
    const impatient = { ...falling, schedule: 'constant', warmup: '0 steps', length: '2000 steps', patience: 4 };
    const setup = await linearSetup(temporaryFolder(), impatient);
    const validations: { step: number; loss: number }[] = [];
    const state = createTrainingState(parameters, setup.options);
    const ended = await runToEnd({ ...setup, state, beginsTrained: true }, (event) => {
      if (event.kind === 'validation') validations.push({ step: event.progress.step, loss: event.result.loss });
    });
    const [begin, ...later] = validations;
    const lowest = later.reduce((best, one) => (one.loss < best.loss ? one : best));
    expect(begin.step).toBe(0);
    expect(begin.loss).toBeLessThan(lowest.loss);
    expect(ended.parameters).toEqual(parameters);
    expect(ended.progress).toMatchObject({ lowest: lowest.loss, step: lowest.step + 4 * falling.validateEvery });
  });

  it('tells where the time went and the most atoms at once', async () => {
    const folder = temporaryFolder();
    const peaks: number[] = [];
    await runToEnd(await linearSetup(folder, { length: '20 steps', logEvery: 10 }), (event) => {
      if (event.kind === 'step') peaks.push(event.progress.recent.peakAtoms);
    });
    const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
    for (const line of lines.map((text) => JSON.parse(text)).filter(({ kind }) => kind === 'training')) {
      const parts = [line.graphsSeconds, line.computeSeconds, line.communicationSeconds];
      for (const part of parts) expect(part).toBeGreaterThan(0);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(line.seconds);
      expect(line.peakAtoms).toBeGreaterThanOrEqual(Math.max(...peaks.slice(line.step - 10, line.step - 1)));
      expect(line.peakAtoms).toBeLessThanOrEqual(12); // batch: { atoms: 12 }
    }
  });

  it('stops with the step and a remedy when the loss is not a number, and leaves the last checkpoint', async () => {
    const folder = temporaryFolder();
    const setup = await linearSetup(folder, { length: '30 steps', checkpointEvery: 10 });
    const broken = {
      ...setup.trainStep,
      run: (...parameters: Parameters<typeof setup.trainStep.run>) => {
        if (setup.state.progress.step === 12) parameters[1][118] = Number.NaN;
        return setup.trainStep.run(...parameters);
      },
    };
    await expect(runToEnd({ ...setup, trainStep: broken })).rejects.toThrow(
      /finite loss, found NaN at step 13; lower training.learningRate/,
    );
    expect(readdirSync(folder)).toContain('checkpoint-00000010.safetensors');
  });

  it('counts the steps of all epochs', async () => {
    const setup = await linearSetup(temporaryFolder(), { length: '2 epochs', batch: { structures: 7 } });
    expect(countSteps(setup)).toBe(2 * Math.ceil(60 / 7));
  });
});

/** Runs the process until it has reported `fatalStep`, then kills it; resolves with the signal that ended it. */
function runProcess(script: string, folder: string, fatalStep: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface(child.stdout).on('line', (line) => {
    if (Number(line) >= fatalStep) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
}
