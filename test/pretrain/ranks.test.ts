import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listCheckpoints } from '../../pretrain/checkpoint/checkpoint-files.js';
import { type PretrainEvent, type PretrainSetup, pretrain } from '../../pretrain/pretrain.js';
import { joinedCommunicators } from '../helpers/joined-communicators.js';
import { linearSetup, readMetrics, trainedSamples } from '../helpers/linear-training.js';

type Settings = Readonly<Record<string, unknown>>;

const settings = {
  batch: { structures: 3 },
  balance: { strategy: 'lamm', subsets: 2 },
  length: '40 steps',
  learningRate: 0.01,
  warmup: '5 steps',
  validateEvery: 10,
  checkpointEvery: 20,
  logEvery: 10,
  seed: 5,
} as const;

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'lamm-ranks-'));
}

async function runToEnd(setup: PretrainSetup) {
  await using _folder = setup.folder;
  const events: PretrainEvent[] = [];
  const run = pretrain(setup);
  for (;;) {
    const { done, value } = await run.next();
    if (done) return { setup, events, result: value };
    events.push(value);
  }
}

/**
 * Away from zero, where gradients of the made-up labels cancel exactly, or do not, and Adam makes much of the
 * difference.
 */
function moveOff({ state: { parameters, average } }: PretrainSetup): void {
  parameters.forEach((_, index) => {
    parameters[index] = 0.1 + 0.01 * Math.sin(index);
  });
  average.set(parameters);
}

/** Runs a training on several ranks until it ends, or one of them wants to stop. */
function runRanks(
  folder: string,
  settings: Settings,
  { ranks, stopAt }: { readonly ranks: number; readonly stopAt?: (rank: number) => number },
) {
  return Promise.all(
    joinedCommunicators(ranks).map(async (communicator) => {
      const setup = await linearSetup(folder, settings, communicator);
      const { state } = setup;
      if (state.progress.step === 0) moveOff(setup);
      const end = stopAt?.(communicator.rank) ?? Number.POSITIVE_INFINITY;
      return runToEnd({ ...setup, shouldStop: async () => state.progress.step >= end });
    }),
  );
}

function expectSameToRounding(actual: Float32Array, expected: Float32Array): void {
  const scale = Math.max(...expected.map(Math.abs));
  // Sums in another order differ in the last of 24 bits, which 40 steps of Adam may enlarge.
  for (const [index, value] of actual.entries()) expect(Math.abs(value - expected[index])).toBeLessThan(1e-5 * scale);
}

describe('a training on several ranks', () => {
  it.each([2, 3])('gives on %s ranks what one rank gives with the same samples in each update', async (ranks) => {
    const several = await runRanks(temporaryFolder(), settings, { ranks });
    const alone = { ...settings, batch: { structures: 3 * ranks }, balance: { strategy: 'none' } };
    const none = { ...settings, balance: { strategy: 'none' } };
    const [one, cut] = [await runRanks(temporaryFolder(), alone, { ranks: 1 }), temporaryFolder()];
    const [first] = await runRanks(cut, none, { ranks });
    expectSameToRounding(first.result.parameters, one[0].result.parameters);
    expect(first.result.progress.structures).toBe(one[0].result.progress.structures);
    expect(several[0].result.parameters).not.toEqual(first.result.parameters); // another plan
  });

  it('gives on one rank that accumulates what two ranks give', async () => {
    const [two, one] = [temporaryFolder(), temporaryFolder()];
    const [first] = await runRanks(two, settings, { ranks: 2 });
    const [single] = await runRanks(one, { ...settings, accumulate: 2 }, { ranks: 1 });
    expectSameToRounding(single.result.parameters, first.result.parameters);
    const close = ({ kind, step, loss, gradientNorm, ...rest }: Record<string, unknown>) => {
      const rounded = [loss, gradientNorm].map((value) => Number(value).toPrecision(4));
      return { kind, step, rounded, atoms: rest.atoms, structures: rest.structures, peakAtoms: rest.peakAtoms };
    };
    expect(readMetrics(one).map(close)).toEqual(readMetrics(two).map(close));
  });

  it('gives with accumulation what a batch gives that is as large', async () => {
    const large = { ...settings, batch: { structures: 6 }, balance: { strategy: 'none' } };
    const [whole] = await runRanks(temporaryFolder(), large, { ranks: 1 });
    const small = { ...large, batch: { structures: 2 }, accumulate: 3 };
    const [parts] = await runRanks(temporaryFolder(), small, { ranks: 1 });
    expectSameToRounding(parts.result.parameters, whole.result.parameters);
  });

  it('has the same bits on all ranks after every step', async () => {
    const ranks = await Promise.all(
      joinedCommunicators(3).map((communicator) => linearSetup(temporaryFolder(), settings, communicator)),
    );
    await using _folder = ranks[0].folder;
    const runs = ranks.map((setup) => pretrain(setup));
    for (let step = 0; step < 12; step++) {
      await Promise.all(runs.map((run) => run.next()));
      const [first, ...others] = ranks.map(({ state: { parameters, average, optimizer } }) => ({
        ...{ parameters, average, optimizer },
      }));
      for (const other of others) expect(other).toEqual(first);
    }
    expect(ranks[0].state.parameters.some((value) => value !== 0)).toBe(true);
  });

  it('lets the first rank alone write, and all know the validation of the whole set', async () => {
    const folder = temporaryFolder();
    const [first, second] = await runRanks(folder, settings, { ranks: 2 });
    expect(listCheckpoints(folder)).toHaveLength(2);
    expect(second.events.some(({ kind }) => kind === 'checkpoint')).toBe(false);
    const validations = ({ events }: typeof first) =>
      events.flatMap((event) => (event.kind === 'validation' ? [event.result] : []));
    expect(validations(second)).toEqual(validations(first));
    expect(validations(first)).toHaveLength(4);
    const alone = await runRanks(temporaryFolder(), { ...settings, accumulate: 2 }, { ranks: 1 });
    const { total, loss } = validations(alone[0])[0];
    expect(validations(first)[0].loss).toBeCloseTo(loss, 5);
    expect(validations(first)[0].total.energy?.count).toBe(total.energy?.count);
    expect(validations(first)[0].total.forces?.mae).toBeCloseTo(total.forces?.mae ?? Number.NaN, 5);
  });

  it('works where a rank has nothing left to do in the last step of an epoch', async () => {
    // 60 samples on 4 ranks with 9 each: the second step has 24 samples, and batches up to 9 leave a rank without.
    const sparse = { ...settings, batch: { structures: 9, atoms: 1000 }, balance: {}, length: '2 epochs' };
    const [first] = await runRanks(temporaryFolder(), sparse, { ranks: 4 });
    expect(first.result.progress.structures).toBe(120);
    expect(first.result.progress.step).toBe(4);
  });

  it('stops on all ranks at the step at which one wants to', async () => {
    const ends = await runRanks(temporaryFolder(), settings, { ranks: 3, stopAt: (rank) => 10 + 7 * rank });
    expect(ends.map(({ result }) => result.progress.step)).toEqual([10, 10, 10]);
  });

  it('stops on all ranks when the loss of one is not a number', async () => {
    const runs = joinedCommunicators(2).map(async (communicator) => {
      const setup = await linearSetup(temporaryFolder(), settings, communicator);
      if (communicator.rank === 0) return runToEnd(setup);
      const broken = {
        ...setup.trainStep,
        run: async () => ({ loss: Number.NaN, terms: { energy: 0, forces: 0, stress: 0, atomEnergies: 0 } }),
      };
      return runToEnd({ ...setup, trainStep: broken });
    });
    const ends = await Promise.allSettled(runs);
    for (const end of ends) expect(String(end.status === 'rejected' && end.reason)).toMatch(/finite loss, found NaN/);
  });

  it('refuses ranks that do not begin alike', async () => {
    const runs = joinedCommunicators(2).map(async (communicator) =>
      runToEnd(await linearSetup(temporaryFolder(), { ...settings, seed: communicator.rank }, communicator)),
    );
    for (const end of await Promise.allSettled(runs)) {
      expect(String(end.status === 'rejected' && end.reason)).toMatch(/same configuration, data and checkpoint/);
    }
  });

  it('ends with the same bits when it is stopped and resumed on as many ranks', async () => {
    const whole = await runRanks(temporaryFolder(), settings, { ranks: 2 });
    const folder = temporaryFolder();
    await runRanks(folder, settings, { ranks: 2, stopAt: () => 13 });
    const resumed = await runRanks(folder, settings, { ranks: 2 });
    expect(resumed[1].result.parameters).toEqual(whole[0].result.parameters);
  });

  it('trains every sample once an epoch when it is resumed on other numbers of ranks', async () => {
    const folder = temporaryFolder();
    const epochs = { ...settings, length: '3 epochs', batch: { structures: 2 } };
    const samples: ReadonlyMap<number, readonly number[]>[] = [];
    for (const [ranks, stopAt] of [
      [2, 4],
      [3, 7],
      [1, 20],
      [4, 26],
      [2, 1000],
    ]) {
      const ends = await runRanks(folder, epochs, { ranks, stopAt: () => stopAt });
      samples.push(...ends.map(({ setup }) => trainedSamples(setup)));
    }
    for (const epoch of [0, 1, 2]) {
      const trained = samples.flatMap((own) => own.get(epoch) ?? []);
      expect(trained.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index));
    }
    expect([...new Set(samples.flatMap((own) => [...own.keys()]))].toSorted()).toEqual([0, 1, 2]);
  });
});
