import { anyRank } from '../src/parallel/any-rank.js';
import type { Communicator } from '../src/parallel/communicator.js';
import { type ValidationResult, validate, validationRecord } from './assess/validate.js';
import type { Batch } from './batch/batch.js';
import type { BatchRequest, BatchSource } from './batch/batch-source.js';
import type { RunFolder } from './checkpoint/checkpoint-files.js';
import type { RunIdentity } from './checkpoint/training-checkpoint.js';
import { assertSameStart } from './collectives.js';
import type { TrainingOptions } from './config/pretrain-config.js';
import { parseLength } from './config/training-length.js';
import type { ExampleStore } from './dataset/graphs.js';
import type { Normalizer } from './dataset/labels/normalizer.js';
import { lossKeys, lossTerms, type PerTerm } from './dataset/labels/terms.js';
import type { Mixture } from './sampling/epoch-order.js';
import { addStep, batchesOf, createEpochPlanner, type EpochPlanner } from './sampling/epoch-plan.js';
import type { ParameterGroup } from './step/optimizer.js';
import { learningRateAt, type Schedule, watchPlateau } from './step/schedule.js';
import type { StepLosses, TrainStep } from './step/train-step.js';
import {
  addCost,
  addRecent,
  noRecentSums,
  type Progress,
  type StepFigures,
  type TrainingState,
} from './step/training-state.js';
import { assertFinite, createUpdate } from './step/update.js';

/** Everything that a training needs; `state` is mutated. */
export interface PretrainSetup {
  readonly options: TrainingOptions;
  readonly trainStep: TrainStep;
  /** How the parameters are updated. */
  readonly groups: readonly ParameterGroup[];
  readonly training: ExampleStore;
  /** Batches of `training`. */
  readonly batches: BatchSource;
  readonly validation: ExampleStore;
  /** One for each head. */
  readonly normalizers: readonly Normalizer[];
  /** Factor on the loss of each term. */
  readonly weights: PerTerm<number>;
  /** Absent where there are no subsets. */
  readonly mixture?: Mixture;
  readonly state: TrainingState;
  /**
   * Whether a trained model is what it begins with: then that is validated too, and kept where nothing better follows.
   */
  readonly beginsTrained?: boolean;
  readonly identity: RunIdentity;
  /** Absent on ranks that write nothing: all but the first. */
  readonly folder?: RunFolder;
  readonly communicator: Communicator;
  /** Asked after every step whether to stop there, with a checkpoint; all ranks stop when one wants to. */
  readonly shouldStop?: () => Promise<boolean>;
  /** Asked of a training that stops between validations: whether there is no time for one. */
  readonly isUrgent?: () => boolean;
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
  /** Whether all steps were done, or its patience was at an end; false when it was stopped. */
  readonly completed: boolean;
  /** The parameters to use, [P]: the average that validated best, or the last average when nothing was validated. */
  readonly parameters: Float32Array;
}

/**
 * Trains from `state` to the last step: batches, gradients, clip, AdamW, average; validates the average and saves
 * checkpoints on the way, and validates where it is stopped. All ranks call it together; each works on its own batches
 * and has the same parameters after every step.
 *
 * The same setup and state give the same bits, whether or not the run was interrupted in between.
 *
 * @throws {LammError} `non-finite` when a loss or gradient is not a number.
 */
export async function* pretrain(setup: PretrainSetup): AsyncGenerator<PretrainEvent, PretrainResult> {
  const { options, state, communicator } = setup;
  await assertSameStart(communicator, setup);
  const planner = plannerOf(setup);
  const schedule = resolveSchedule(setup, planner);
  const { totalSteps } = schedule;
  const update = createUpdate(setup);
  const shouldStop = async () => anyRank(communicator, (await setup.shouldStop?.()) ?? false);
  let open: OpenEpoch | undefined;
  if (setup.beginsTrained && state.progress.step === 0) yield* validateAverage(setup, schedule);
  let finished = isFinished(setup, totalSteps);
  let stopped = await shouldStop();
  let validated = true;
  while (!finished && !stopped) {
    open ??= openEpoch(setup, planner);
    const { step: before, plateau } = state.progress;
    const learningRate = learningRateAt(before, schedule, plateau.reductions);
    const figures = await update({ nextBatch: open.nextBatch, batchCount: options.accumulate, learningRate });
    const step = before + 1;
    const endOfEpoch = step === open.endStep;
    if (endOfEpoch) open = undefined;
    advance(state, figures, { batchesPerStep: planner.batchesPerStep, endOfEpoch });
    if (step % options.logEvery === 0 || step === totalSteps) await logTraining(setup, learningRate);
    yield { kind: 'step', progress: state.progress, totalSteps, losses: figures };
    stopped = await shouldStop();
    validated = step === totalSteps || isDue(step, options.validateEvery, endOfEpoch);
    if (validated) yield* validateAverage(setup, schedule);
    finished = isFinished(setup, totalSteps);
    if (finished || stopped || isDue(step, options.checkpointEvery, endOfEpoch)) yield* save(setup);
  }
  // Behind the checkpoint: what goes on from there knows nothing of it, and ends as if it had not been stopped.
  if (!validated && !(await anyRank(communicator, setup.isUrgent?.() ?? false)))
    yield* validateAverage(setup, schedule);
  const { progress, best, average } = state;
  return { progress, totalSteps, completed: finished, parameters: best ?? average };
}

type PlannedSetup = Pick<PretrainSetup, 'options' | 'mixture' | 'state' | 'communicator'> & {
  readonly training: Pick<ExampleStore, 'sizes'>;
};

/** Number of updates of the whole training, those that are done included. */
export function countSteps(setup: PlannedSetup): number {
  return resolveSchedule(setup, plannerOf(setup)).totalSteps;
}

function plannerOf({ options, training, mixture, communicator }: PlannedSetup): EpochPlanner {
  return createEpochPlanner({ options, sizes: training.sizes, mixture, ranks: communicator.size });
}

/** The schedule in steps, whether the options count it in steps or in epochs. */
function resolveSchedule(
  { options, state: { progress } }: PlannedSetup,
  planner: EpochPlanner,
): Schedule & { readonly totalSteps: number } {
  const { length, warmup, cosine = length } = options;
  const stepsOf = (text: string) => {
    const { count, unit } = parseLength(text);
    return unit === 'steps' ? count : firstStep(count, progress, planner);
  };
  return { ...options, totalSteps: stepsOf(length), warmupSteps: stepsOf(warmup), cosineEnd: stepsOf(cosine) };
}

/** Step with which an epoch begins: as it was, or as it is planned. */
function firstStep(epoch: number, { step, epochStarts, parts }: Progress, planner: EpochPlanner): number {
  if (epoch < epochStarts.length) return epochStarts[epoch];
  const { plan, position } = planner.rest(epochStarts.length - 1, parts);
  let first = step + plan.stepCount - position;
  for (let later = epochStarts.length; later < epoch; later++) first += planner.countSteps(later);
  return first;
}

/** The batches of what is left of an epoch. */
interface OpenEpoch {
  readonly nextBatch: () => Promise<Batch>;
  /** Number of updates when it is done. */
  readonly endStep: number;
}

function openEpoch({ options, batches, state, communicator }: PretrainSetup, planner: EpochPlanner): OpenEpoch {
  const { step, epoch, parts } = state.progress;
  const { plan, position } = planner.rest(epoch, parts);
  const stepsLeft = plan.stepCount - position;
  const requestAt = (index: number): BatchRequest => {
    const own = batchesOf(plan, position + Math.floor(index / options.accumulate), communicator);
    return { indices: own[index % options.accumulate], epoch };
  };
  const requestCount = stepsLeft * options.accumulate;
  let [next, announced] = [0, 0];
  const nextBatch = () => {
    const soon = Math.min(requestCount, next + 1 + batches.lookahead);
    while (announced < soon) batches.announce(requestAt(announced++));
    return batches.next(requestAt(next++));
  };
  return { nextBatch, endStep: step + stepsLeft };
}

function isFinished({ options: { patience }, state: { progress } }: PretrainSetup, totalSteps: number): boolean {
  return progress.step >= totalSteps || (patience !== undefined && progress.waited >= patience);
}

/** Counts a step that was done. */
function advance(
  state: TrainingState,
  figures: StepFigures,
  { batchesPerStep, endOfEpoch }: { readonly batchesPerStep: number; readonly endOfEpoch: boolean },
): void {
  const { progress } = state;
  const { epoch, epochStarts, parts, recent } = progress;
  const step = progress.step + 1;
  state.progress = {
    ...progress,
    ...addCost(progress, figures),
    step,
    ...(endOfEpoch
      ? { epoch: epoch + 1, epochStarts: [...epochStarts, step], parts: [] }
      : { parts: addStep(parts, batchesPerStep) }),
    recent: addRecent(recent, figures),
  };
}

/** Writes the means since the last such line to the metrics. */
async function logTraining({ state, folder }: PretrainSetup, learningRate: number): Promise<void> {
  const { step, epoch, recent } = state.progress;
  const { steps, loss, terms, gradientNorm, ...costs } = recent;
  await folder?.appendMetrics({
    kind: 'training',
    step,
    epoch,
    learningRate,
    loss: loss / steps,
    ...Object.fromEntries(lossTerms.map((term) => [lossKeys[term], terms[term] / steps])),
    gradientNorm: gradientNorm / steps,
    ...costs,
  });
  state.progress = { ...state.progress, recent: noRecentSums };
}

async function* validateAverage(setup: PretrainSetup, schedule: Schedule): AsyncGenerator<PretrainEvent> {
  const { options, validation, state, folder } = setup;
  if (validation.samples.length === 0) return;
  const result = await validate(validation, state.average, { ...options, ...setup, budget: options.batch });
  const { step, epoch, best, lowest, waited, plateau } = state.progress;
  assertFinite(result.loss, 'validation loss', step);
  const improved = best === null || result.loss < best.loss;
  const lowestBefore = (best !== null && best.step > 0 ? best.loss : lowest) ?? Number.POSITIVE_INFINITY;
  const gotLower = result.loss < lowestBefore;
  if (improved) state.best = state.average.slice();
  await folder?.appendMetrics({ kind: 'validation', step, epoch, improved, ...validationRecord(result) });
  state.progress = {
    ...state.progress,
    best: improved ? { step, loss: result.loss } : best,
    ...(step > 0 && { lowest: Math.min(lowestBefore, result.loss) }),
    waited: gotLower ? 0 : waited + 1,
    plateau: watchPlateau(plateau, schedule, { step, improved: gotLower }),
  };
  yield { kind: 'validation', progress: state.progress, result, improved };
}

async function* save({ identity, state, folder }: PretrainSetup): AsyncGenerator<PretrainEvent> {
  if (folder === undefined) return;
  const path = await folder.saveCheckpoint({ identity, state });
  yield { kind: 'checkpoint', progress: state.progress, path };
}

function isDue(step: number, interval: number | undefined, endOfEpoch: boolean): boolean {
  return interval === undefined ? endOfEpoch : step % interval === 0;
}
