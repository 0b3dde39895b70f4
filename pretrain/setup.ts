import { LammError } from '../src/errors.js';
import { kindOf, type ModelConfig } from '../src/models/kinds.js';
import { initializeParameters, type ParameterLayout } from '../src/models/parameters.js';
import { type Communicator, singleProcess } from '../src/parallel/communicator.js';
import { createRandom } from '../src/random.js';
import { openBatches } from './batch/open-batches.js';
import {
  listCheckpoints,
  type NewestCheckpoint,
  openRunFolder,
  readNewestCheckpoint,
} from './checkpoint/checkpoint-files.js';
import { type NewModel, type StartingModel, startFromModel } from './checkpoint/start-from-model.js';
import { assertSameRun, type RunIdentity } from './checkpoint/training-checkpoint.js';
import { flattenConfig, type PretrainConfig, type TrainingOptions } from './config/pretrain-config.js';
import { describeTeachers } from './dataset/describe-data.js';
import { createExampleStore, type ExampleStore } from './dataset/graphs.js';
import { assertRoom, type PreparedData } from './dataset/prepare-data.js';
import { type SampleList, sampleAt } from './dataset/sample/sample.js';
import type { PretrainSetup } from './pretrain.js';
import type { Mixture } from './sampling/epoch-order.js';
import { mixSeed } from './seeds.js';
import { parameterGroups } from './step/parameter-groups.js';
import { termWeights, unusedStress } from './step/term-weights.js';
import { createTrainStep } from './step/train-step.js';
import { createTrainingState, type TrainingState } from './step/training-state.js';

export interface SetupOptions {
  /** Folder for checkpoints and metrics. */
  readonly out: string;
  /** What to do with a training that is in `out` already: carry on from its newest checkpoint, or remove it. */
  readonly existing: 'refuse' | 'resume' | 'replace';
  readonly shouldStop?: () => Promise<boolean>;
  /** Asked of a training that was stopped: whether there is no time to validate it. */
  readonly isUrgent?: () => boolean;
  /** A model whose parameters the training begins with; fresh ones when absent. */
  readonly from?: StartingModel;
  /** The ranks that train together; this process alone when absent. */
  readonly communicator?: Communicator;
  /** Threads of the engine where the configuration leaves the choice. */
  readonly threads?: number;
}

/** The sets that errors are measured on. */
export const measuredSets = ['training', 'validation', 'test'] as const;
export type MeasuredSet = (typeof measuredSets)[number];

/** A training that is ready to run. */
export interface PreparedTraining extends AsyncDisposable {
  readonly setup: PretrainSetup;
  readonly model: ModelConfig;
  /** A part of a set, evenly spread, to measure errors on. */
  partOf(set: MeasuredSet, most: number): ExampleStore;
  /** What the user should know: where it runs, and settings that differ from those of the checkpoint. */
  readonly notices: readonly string[];
}

/**
 * Builds graphs, compiles the model and creates, or restores, the state of a training, of which the caller has the
 * lock.
 *
 * @throws {LammError} `file-exists` when `out` holds another training; `checkpoint` when its checkpoint belongs to
 *   another run; `unsupported-element` when the model has no room for an element.
 */
export async function prepareTraining(
  config: PretrainConfig,
  data: PreparedData,
  { out, existing, shouldStop, isUrgent, from, communicator = singleProcess(), threads = 0 }: SetupOptions,
): Promise<PreparedTraining> {
  const newest = findCheckpoint(out, existing) === undefined ? undefined : readNewestCheckpoint(out);
  const model = modelConfig(config, data, from);
  const { training: options } = config;
  const normalizers = data.heads.map(({ normalizer }) => normalizer);
  const runtime = { threads: options.threads || threads, engine: options.engine, device: options.device };
  const weights = termWeights(options, model, data);
  const trainStep = await createTrainStep(model, { ...options, weights, scales: normalizers }, runtime);
  const { layout } = trainStep;
  const identity = identify(config, layout, data);
  const { state, notices } =
    newest === undefined
      ? createState(options, { config: model, layout, normalizers, elements: data.elements }, from)
      : { state: newest.checkpoint.state, notices: [...newest.notices, ...compareRuns(newest, identity)] };
  const store = (samples: SampleList, role: number) =>
    createExampleStore(samples, {
      model,
      maximumBytes: 1e6 * config.data.graphMemory,
      seed: mixSeed(options.seed, role),
      ...(role > 0 && { noise: config.data.validationNoise }),
    });
  const training = store(data.training, 0);
  const { workers } = options;
  const replace = existing === 'replace';
  const folder = communicator.rank === 0 ? await openRunFolder(out, { from: newest?.checkpoint, replace }) : undefined;
  const batches = openBatches(training, { normalizers, model, seed: mixSeed(options.seed, 0), workers });
  return {
    setup: {
      options,
      trainStep,
      groups: parameterGroups(model, layout, options.layerDecay),
      training,
      batches,
      validation: store(data.validation, seedOf.validation),
      normalizers,
      weights,
      ...(data.subsets.length > 1 && { mixture: mixtureOf(config, data) }),
      state,
      beginsTrained: from !== undefined,
      identity,
      folder,
      communicator,
      ...(shouldStop && { shouldStop }),
      ...(isUrgent && { isUrgent }),
    },
    model,
    partOf: (set, most) => store(spread(data[set], most), seedOf[set]),
    notices: [
      ...trainStep.notices,
      ...notices,
      ...unusedStress(weights, data.files),
      ...describeTeachers(data.subsets),
    ],
    async [Symbol.asyncDispose]() {
      await batches[Symbol.asyncDispose]();
      await trainStep[Symbol.asyncDispose]();
      await folder?.[Symbol.asyncDispose]();
    },
  };
}

/** Seeds of the noise in sets that are measured; that of the training itself is 0. */
const seedOf: Readonly<Record<MeasuredSet, number>> = { validation: 1, test: 2, training: 3 };

/** At most so many of the samples, evenly spread; all where there are no more. */
function spread(samples: SampleList, most: number): SampleList {
  if (samples.length <= most) return samples;
  return Array.from({ length: most }, (_, index) => sampleAt(samples, Math.floor((index * samples.length) / most)));
}

function createState(
  options: TrainingOptions,
  model: Omit<NewModel, 'parameters'>,
  from: StartingModel | undefined,
): { readonly state: TrainingState; readonly notices: readonly string[] } {
  const parameters = initializeParameters(model.layout, createRandom(options.seed));
  const notices = from === undefined ? [] : startFromModel(from, { ...model, parameters });
  return { state: createTrainingState(parameters, options), notices };
}

/**
 * The newest checkpoint of the training that is in a folder.
 *
 * @throws {LammError} `file-exists` where there is one and `existing` refuses it.
 */
export function findCheckpoint(out: string, existing: SetupOptions['existing']): string | undefined {
  const newest = existing === 'replace' ? undefined : listCheckpoints(out).at(-1);
  if (newest !== undefined && existing === 'refuse') {
    throw new LammError(
      'file-exists',
      'a training was begun in this folder; carry on with `resume`, begin it anew with `force`, or choose another folder',
      { file: out },
    );
  }
  return newest;
}

function compareRuns({ checkpoint, file }: NewestCheckpoint, identity: RunIdentity): string[] {
  return assertSameRun(checkpoint.identity, identity, { file }).map(
    (change) => `changed since the checkpoint: ${change}`,
  );
}

function mixtureOf({ data: { temperature } }: PretrainConfig, { subsets }: PreparedData): Mixture {
  return { counts: subsets.map(({ count }) => count), temperature };
}

/**
 * The model of a configuration: its settings, a head for each of the data, and what its kind takes over from the model
 * it starts from.
 */
export function modelConfig(
  { model }: PretrainConfig,
  { elements, heads }: PreparedData,
  from?: StartingModel,
): ModelConfig {
  assertRoom(elements, model.elementCount);
  return kindOf(model).configure(model, { heads: heads.map(({ name }) => name), from: from?.model.config });
}

function identify(config: PretrainConfig, layout: ParameterLayout, data: PreparedData): RunIdentity {
  const settings: unknown = JSON.parse(JSON.stringify(flattenConfig(config)));
  return {
    layout: layout.entries.map(({ name, shape }) => `${name} [${shape}]`),
    settings: settings as Record<string, unknown>, // it was a record before it became JSON
    data: data.fingerprint,
  };
}
