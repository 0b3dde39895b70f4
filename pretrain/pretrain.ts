import { LammError } from '../src/errors.js';
import { updateAverage } from './average.js';
import { collate } from './batch.js';
import type { RunIdentity } from './checkpoint.js';
import type { RunFolder } from './checkpoint-files.js';
import { clipGlobalNorm } from './clip.js';
import type { TrainingOptions } from './config.js';
import type { ExampleStore } from './dataset/graphs.js';
import { errorRecord } from './error-sums.js';
import type { Normalizer } from './normalizer.js';
import { adamWStep } from './optimizer.js';
import { type Mixture, planEpoch } from './sampling.js';
import { learningRateAt } from './schedule.js';
import type { StepLosses, TrainStep } from './train-step.js';
import { addRecent, noRecentSums, type Progress, type StepCost, type TrainingState } from './training-state.js';
import { type ValidationResult, validate } from './validate.js';

/** Everything that a training needs; `state` is mutated. */
export interface PretrainSetup {
  readonly options: TrainingOptions;
  readonly trainStep: TrainStep;
  readonly training: ExampleStore;
  readonly validation: ExampleStore;
  /** One for each head. */
  readonly normalizers: readonly Normalizer[];
  /** Absent where there are no subsets. */
  readonly mixture?: Mixture;
  readonly state: TrainingState;
  readonly identity: RunIdentity;
  readonly folder: RunFolder;
  /** Asked after every step whether to stop there, with a checkpoint. */
  readonly shouldStop?: () => Promise<boolean>;
}

const betas = [0.9, 0.999] as const;
const epsilon = 1e-8;

/** What a training reports while it runs. */
export type PretrainEvent =
  | { readonly kind: 'step'; readonly progress: Progress; readonly totalSteps: number; readonly losses: StepLosses }
  | {
      readonly kind: 'validation';
      readonly progress: Progress;
      readonly result: ValidationResult;
      /** Whether it is the best so far. */
      readonly improved: boolean;
    }
  | { readonly kind: 'checkpoint'; readonly progress: Progress; readonly path: string };

/** How a training ended. */
export interface PretrainResult {
  readonly progress: Progress;
  readonly totalSteps: number;
  /** Whether all steps were done; false when it was stopped. */
  readonly completed: boolean;
  /** The parameters to use, [P]: the average that validated best, or the last average when nothing was validated. */
  readonly parameters: Float32Array;
}

/**
 * Trains from `state` to the last step: batch, gradients, clip, AdamW, average; validates the average and saves checkpoints on the way.
 *
 * The same setup and state give the same bits, whether or not the run was interrupted in between.
 *
 * @throws {LammError} `non-finite` when a loss or gradient is not a number.
 */
export async function* pretrain(setup: PretrainSetup): AsyncGenerator<PretrainEvent, PretrainResult> {
  const { options, state, shouldStop = async () => false } = setup;
  const totalSteps = countSteps(setup);
  const batchesOf = rememberLast((epoch) => planTraining(setup, epoch));
  const update = createUpdate(setup, totalSteps);
  let finished = state.progress.step >= totalSteps;
  let stopped = await shouldStop();
  while (!finished && !stopped) {
    const { epoch, position } = state.progress;
    const batches = batchesOf(epoch);
    const endOfEpoch = position === batches.length - 1;
    const losses = await update(batches[position], endOfEpoch);
    yield { kind: 'step', progress: state.progress, totalSteps, losses };
    finished = state.progress.step === totalSteps;
    stopped = await shouldStop();
    const { step } = state.progress;
    if (finished || isDue(step, options.validateEvery, endOfEpoch)) yield* validateAverage(setup);
    if (finished || stopped || isDue(step, options.checkpointEvery, endOfEpoch)) yield await save(setup);
  }
  const { progress, best, average } = state;
  return { progress, totalSteps, completed: finished, parameters: best ?? average };
}

/** Number of updates of the whole training. */
export function countSteps(setup: EpochSetup): number {
  const { steps, epochs = 0 } = setup.options;
  if (steps !== undefined) return steps;
  let total = 0;
  for (let epoch = 0; epoch < epochs; epoch++) total += planTraining(setup, epoch).length;
  return total;
}

type EpochSetup = Pick<PretrainSetup, 'options' | 'mixture'> & { readonly training: Pick<ExampleStore, 'sizes'> };

function planTraining({ options, training, mixture }: EpochSetup, epoch: number): number[][] {
  return planEpoch(training.sizes, options.batch, { seed: options.seed, epoch, mixture });
}

type Update = (indices: readonly number[], endOfEpoch: boolean) => Promise<StepLosses>;

/** Returns the function that does one step: gradients of a batch, then clip, optimiser and average. */
function createUpdate(setup: PretrainSetup, totalSteps: number): Update {
  const { options, trainStep, training, normalizers, state } = setup;
  const { parameters, average, optimizer } = state;
  const gradients = new Float32Array(parameters.length);
  const decayMask = new Uint8Array(parameters.length);
  for (const { offset, size, decay } of trainStep.layout.entries) decayMask.fill(Number(decay), offset, offset + size);

  return async (indices, endOfEpoch) => {
    const start = performance.now();
    const { step, epoch } = state.progress;
    const batch = collate(
      indices.map((index) => training.example(index, epoch)),
      normalizers,
    );
    const losses = await trainStep.run(batch, parameters, gradients);
    const gradientNorm = clipGlobalNorm(gradients, options.clipNorm);
    assertFinite(losses.loss, 'loss', step + 1);
    assertFinite(gradientNorm, 'gradient', step + 1);
    const learningRate = learningRateAt(step, { ...options, totalSteps });
    const { weightDecay } = options;
    adamWStep(optimizer, { parameters, gradients }, { learningRate, weightDecay, betas, epsilon, decayMask });
    updateAverage(average, parameters, { decay: options.emaDecay, stepCount: step + 1 });
    const { structureCount: structures, atomCount: atoms } = batch;
    const seconds = (performance.now() - start) / 1000;
    advance(state, { losses, gradientNorm, structures, atoms, seconds, endOfEpoch });
    if (state.progress.step % options.logEvery === 0) logTraining(setup, learningRate);
    return losses;
  };
}

interface DoneStep extends StepCost {
  readonly losses: StepLosses;
  readonly gradientNorm: number;
  readonly endOfEpoch: boolean;
}

/** Counts a step that was done. */
function advance(state: TrainingState, { losses, gradientNorm, endOfEpoch, ...cost }: DoneStep): void {
  const { progress } = state;
  state.progress = {
    ...progress,
    step: progress.step + 1,
    epoch: endOfEpoch ? progress.epoch + 1 : progress.epoch,
    position: endOfEpoch ? 0 : progress.position + 1,
    structures: progress.structures + cost.structures,
    atoms: progress.atoms + cost.atoms,
    seconds: progress.seconds + cost.seconds,
    recent: addRecent(progress.recent, { ...losses, ...cost, gradientNorm }),
  };
}

/** Writes the means since the last such line to the metrics. */
function logTraining({ state, folder }: PretrainSetup, learningRate: number): void {
  const { step, epoch, recent } = state.progress;
  const metricsBytes = folder.appendMetrics({
    kind: 'training',
    step,
    epoch,
    learningRate,
    loss: recent.loss / recent.steps,
    energyLoss: recent.energyLoss / recent.steps,
    forceLoss: recent.forceLoss / recent.steps,
    gradientNorm: recent.gradientNorm / recent.steps,
    structures: recent.structures,
    atoms: recent.atoms,
    seconds: recent.seconds,
  });
  state.progress = { ...state.progress, recent: noRecentSums, metricsBytes };
}

async function* validateAverage(setup: PretrainSetup): AsyncGenerator<PretrainEvent> {
  const { options, trainStep, validation, normalizers, state, folder } = setup;
  if (validation.samples.length === 0) return;
  const { batch: budget, energyWeight, forceWeight, energyReduction } = options;
  const result = await validate(validation, state.average, {
    trainStep,
    normalizers,
    budget,
    energyWeight,
    forceWeight,
    energyReduction,
  });
  const { step, epoch, best } = state.progress;
  assertFinite(result.loss, 'validation loss', step);
  const improved = best === null || result.loss < best.loss;
  if (improved) state.best = state.average.slice();
  const files = Object.fromEntries(Object.entries(result.files).map(([file, errors]) => [file, errorRecord(errors)]));
  const record = { kind: 'validation', step, epoch, loss: result.loss, improved, ...errorRecord(result.total), files };
  state.progress = {
    ...state.progress,
    best: improved ? { step, loss: result.loss } : best,
    metricsBytes: folder.appendMetrics(record),
  };
  yield { kind: 'validation', progress: state.progress, result, improved };
}

async function save({ identity, state, folder }: PretrainSetup): Promise<PretrainEvent> {
  const path = await folder.saveCheckpoint({ identity, state });
  return { kind: 'checkpoint', progress: state.progress, path };
}

function isDue(step: number, interval: number | undefined, endOfEpoch: boolean): boolean {
  return interval === undefined ? endOfEpoch : step % interval === 0;
}

function assertFinite(value: number, quantity: string, step: number): void {
  if (Number.isFinite(value)) return;
  throw new LammError(
    'non-finite',
    `expected a finite ${quantity}, found ${value} at step ${step}; lower training.learningRate or training.clipNorm, then --resume`,
    { quantity, step },
  );
}

function rememberLast<T>(compute: (key: number) => T): (key: number) => T {
  let last: { readonly key: number; readonly value: T } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: compute(key) };
    return last.value;
  };
}
