import { LammError } from '../src/errors.js';
import { updateAverage } from './average.js';
import { type Batch, collate } from './batch.js';
import type { RunIdentity } from './checkpoint.js';
import type { RunFolder } from './checkpoint-files.js';
import { clipGlobalNorm } from './clip.js';
import type { TrainingOptions } from './config.js';
import type { ExampleStore } from './dataset/graphs.js';
import type { ErrorSummary } from './error-sums.js';
import type { Normalizer } from './normalizer.js';
import { adamWStep } from './optimizer.js';
import { planEpoch } from './sampling.js';
import { learningRateAt } from './schedule.js';
import type { StepLosses, TrainStep } from './train-step.js';
import { noRecentSums, type Progress, type RecentSums, type TrainingState } from './training-state.js';
import { type ValidationResult, validate } from './validate.js';

/** Everything that a training needs; `state` is mutated. */
export interface PretrainSetup {
  readonly options: TrainingOptions;
  readonly trainStep: TrainStep;
  readonly training: ExampleStore;
  readonly validation: ExampleStore;
  readonly normalizer: Normalizer;
  readonly state: TrainingState;
  readonly identity: RunIdentity;
  readonly folder: RunFolder;
  /** Stops after the step at hand, with a checkpoint. */
  readonly signal?: AbortSignal;
}

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
  /** Whether all steps were done; false when the signal stopped it. */
  readonly completed: boolean;
  /** The parameters to use, [P]: the average that validated best, or the last average when nothing was validated. */
  readonly parameters: Float32Array;
}

const betas = [0.9, 0.999] as const;
const epsilon = 1e-8;
const bytesOf = { meV: 1000 };

/**
 * Trains from `state` to the last step: batch, gradients, clip, AdamW, average; validates the average and saves checkpoints on the way.
 *
 * The same setup and state give the same bits, whether or not the run was interrupted in between.
 *
 * @throws {LammError} `non-finite` when a loss or gradient is not a number.
 */
export async function* pretrain(setup: PretrainSetup): AsyncGenerator<PretrainEvent, PretrainResult> {
  const { options, state, training, signal } = setup;
  const totalSteps = countSteps(training, options);
  const update = createUpdate(setup, totalSteps);
  let stopped = false;
  let savedAt = -1;
  while (state.progress.step < totalSteps && !stopped) {
    const batches = planEpoch(training.sizes, options.batch, { seed: options.seed, epoch: state.progress.epoch });
    while (state.progress.position < batches.length && state.progress.step < totalSteps && !stopped) {
      const losses = await update(batches[state.progress.position]);
      const endOfEpoch = state.progress.position + 1 === batches.length;
      advance(state, endOfEpoch);
      const { step } = state.progress;
      if (step % options.logEvery === 0) logTraining(setup, totalSteps);
      yield { kind: 'step', progress: state.progress, totalSteps, losses };
      await turnOfEventLoop();
      stopped = signal?.aborted ?? false;
      const last = step === totalSteps;
      if (last || isDue(step, options.validateEvery, endOfEpoch)) yield* validateAverage(setup);
      if (last || stopped || isDue(step, options.checkpointEvery, endOfEpoch)) {
        yield await save(setup);
        savedAt = step;
      }
      if (endOfEpoch) break;
    }
  }
  if (savedAt < state.progress.step) yield await save(setup);
  return {
    progress: state.progress,
    totalSteps,
    completed: state.progress.step >= totalSteps,
    parameters: state.best ?? state.average,
  };
}

/** Number of updates of the whole training. */
export function countSteps({ sizes }: Pick<ExampleStore, 'sizes'>, { steps, epochs = 0, batch, seed }: TrainingOptions): number {
  if (steps !== undefined) return steps;
  let total = 0;
  for (let epoch = 0; epoch < epochs; epoch++) total += planEpoch(sizes, batch, { seed, epoch }).length;
  return total;
}
