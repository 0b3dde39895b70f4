import { LammError } from '../src/errors.js';
import type { ModelConfig } from '../src/models/network.js';
import { initializeParameters, type ParameterLayout } from '../src/models/parameters.js';
import { createRandom } from '../src/random.js';
import { assertSameRun, type Checkpoint, type RunIdentity } from './checkpoint.js';
import { listCheckpoints, openRunFolder, readCheckpoint } from './checkpoint-files.js';
import { flattenConfig, type PretrainConfig } from './config.js';
import { createExampleStore, type ExampleStore } from './dataset/graphs.js';
import type { PreparedData } from './dataset/prepare-data.js';
import type { Sample } from './dataset/sample.js';
import type { PretrainSetup } from './pretrain.js';
import type { Mixture } from './sampling.js';
import { mixSeed } from './seeds.js';
import { createTrainStep } from './train-step.js';
import { createTrainingState } from './training-state.js';

export interface SetupOptions {
  /** Folder for checkpoints and metrics. */
  readonly out: string;
  /** What to do with a training that is in `out` already: carry on from its newest checkpoint, or remove it. */
  readonly existing: 'refuse' | 'resume' | 'replace';
  readonly shouldStop?: () => Promise<boolean>;
}

/** A training that is ready to run. */
export interface PreparedTraining extends AsyncDisposable {
  readonly setup: PretrainSetup;
  readonly model: ModelConfig;
  readonly test: ExampleStore;
  /** What the user should know: where it runs, and settings that differ from those of the checkpoint. */
  readonly notices: readonly string[];
}

/**
 * Builds graphs, compiles the model and creates, or restores, the state of a training.
 *
 * @throws {LammError} `file-exists` when `out` holds another training; `checkpoint` when its checkpoint belongs to another run;
 *   `unsupported-element` when the model has no room for an element.
 */
export async function prepareTraining(
  config: PretrainConfig,
  data: PreparedData,
  { out, existing, shouldStop }: SetupOptions,
): Promise<PreparedTraining> {
  const checkpointFile = existing === 'replace' ? undefined : findCheckpoint(out, existing);
  const model = modelConfig(config, data);
  const { training: options } = config;
  const normalizers = data.heads.map(({ normalizer }) => normalizer);
  const { threads, engine, device } = options;
  const trainStep = await createTrainStep(model, { ...options, scales: normalizers }, { threads, engine, device });
  const identity = identify(config, trainStep.layout, data);
  const checkpoint = checkpointFile === undefined ? undefined : readCheckpoint(checkpointFile);
  const changes = checkpoint === undefined ? [] : compareRuns(checkpoint, identity, checkpointFile);
  const state =
    checkpoint?.state ??
    createTrainingState(initializeParameters(trainStep.layout, createRandom(options.seed)), options);
  const store = (samples: readonly Sample[], role: number) =>
    createExampleStore(samples, {
      cutoff: model.cutoff,
      maximumBytes: 1e6 * config.data.graphMemory,
      seed: mixSeed(options.seed, role),
    });
  return {
    setup: {
      options,
      trainStep,
      training: store(data.training, 0),
      validation: store(data.validation, 1),
      normalizers,
      ...(data.subsets.length > 1 && { mixture: mixtureOf(config, data) }),
      state,
      identity,
      folder: openRunFolder(out, { ...state.progress, replace: existing === 'replace' }),
      ...(shouldStop && { shouldStop }),
    },
    model,
    test: store(data.test, 2),
    notices: [...trainStep.notices, ...changes],
    [Symbol.asyncDispose]: () => trainStep[Symbol.asyncDispose](),
  };
}

function findCheckpoint(out: string, existing: 'refuse' | 'resume'): string | undefined {
  const newest = listCheckpoints(out).at(-1);
  if (newest !== undefined && existing === 'refuse') {
    throw new LammError('file-exists', 'a training was begun in this folder; carry on with --resume', { file: out });
  }
  return newest;
}

function compareRuns(checkpoint: Checkpoint, identity: RunIdentity, file: string | undefined): string[] {
  return assertSameRun(checkpoint.identity, identity, { file }).map(
    (change) => `changed since the checkpoint: ${change}`,
  );
}

function mixtureOf({ data: { temperature } }: PretrainConfig, { subsets }: PreparedData): Mixture {
  return { counts: subsets.map(({ count }) => count), temperature };
}

/** The model of a configuration: no limit on neighbours. */
export function modelConfig({ model }: PretrainConfig, { elements, heads }: PreparedData): ModelConfig {
  const highest = Math.max(...elements);
  if (highest > model.elementCount) {
    throw new LammError(
      'unsupported-element',
      `the data hold atomic number ${highest}, but model.elementCount is ${model.elementCount}; raise it to ${highest}`,
    );
  }
  return {
    ...model,
    maxNeighbors: null,
    heads: heads.map(({ name }) => name),
    scaleFactors: new Array<number>(model.layers).fill(1),
  };
}

function identify(config: PretrainConfig, layout: ParameterLayout, data: PreparedData): RunIdentity {
  const settings: unknown = JSON.parse(JSON.stringify(flattenConfig(config)));
  return {
    layout: layout.entries.map(({ name, shape }) => `${name} [${shape}]`),
    settings: settings as Record<string, unknown>, // it was a record before it became JSON
    data: data.fingerprint,
  };
}
