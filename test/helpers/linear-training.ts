import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BatchSource, createSerialBatches } from '../../pretrain/batch/batch-source.js';
import { openRunFolder, readNewestCheckpoint } from '../../pretrain/checkpoint/checkpoint-files.js';
import { assertSameRun, type RunIdentity } from '../../pretrain/checkpoint/training-checkpoint.js';
import { flattenConfig, parsePretrainConfig, type TrainingOptions } from '../../pretrain/config/pretrain-config.js';
import type { Example, ExampleStore } from '../../pretrain/dataset/graphs.js';
import type { PretrainSetup } from '../../pretrain/pretrain.js';
import { createTrainingState } from '../../pretrain/step/training-state.js';
import { atomicGraph } from '../../src/models/atomic-graph.js';
import { type Communicator, singleProcess } from '../../src/parallel/communicator.js';
import { createRandom } from '../../src/random.js';
import { createStructure } from '../../src/structure/structure.js';
import { createLinearTrainStep } from './linear-train-step.js';

/** Energies of single atoms and spring constant that the labels of `linearExamples` follow exactly. */
export const truth = { energies: { 29: 0.5, 28: -0.25 } as Record<number, number>, spring: 0.75 };

/** Random small molecules of Cu and Ni, all pairs being edges; every fifth has no forces, every seventh no energy. */
export function linearExamples(count: number, seed: number): ExampleStore {
  const random = createRandom(seed);
  const examples = Array.from({ length: count }, (_, index): Example => {
    const atomCount = 2 + random.integer(4);
    const numbers = Array.from({ length: atomCount }, () => 28 + random.integer(2));
    const positions = Array.from({ length: 3 * atomCount }, () => random.normal());
    const pairs = numbers.flatMap((_, receiver) =>
      numbers.flatMap((_, sender) => (sender === receiver ? [] : [{ receiver, sender }])),
    );
    const edgeVectors = Float32Array.from(
      pairs.flatMap(({ receiver, sender }) =>
        [0, 1, 2].map((axis) => positions[3 * sender + axis] - positions[3 * receiver + axis]),
      ),
    );
    const forces = new Float64Array(3 * atomCount);
    for (const [edge, { receiver }] of pairs.entries()) {
      for (let axis = 0; axis < 3; axis++) forces[3 * receiver + axis] += truth.spring * edgeVectors[3 * edge + axis];
    }
    const energy = numbers.reduce((sum, number) => sum + truth.energies[number], 0);
    return {
      sample: {
        structure: createStructure({ numbers, positions }),
        ...(index % 7 !== 6 && { energy }),
        ...(index % 5 !== 4 && { forces }),
        origin: { path: 'made up', file: index % 2 === 0 ? 'even.xyz' : 'odd.xyz', frame: index + 1 },
      },
      graph: atomicGraph(Uint8Array.from(numbers), {
        edgeCount: pairs.length,
        senders: Int32Array.from(pairs, ({ sender }) => sender),
        receivers: Int32Array.from(pairs, ({ receiver }) => receiver),
        edgeVectors,
      }),
    };
  });
  return {
    samples: examples.map(({ sample }) => sample),
    sizes: {
      atoms: Uint32Array.from(examples, ({ sample }) => sample.structure.numbers.length),
      edges: Uint32Array.from(examples, ({ graph }) => graph.edgeCount),
    },
    keptCount: count,
    missingBytes: 0,
    release: () => undefined,
    example: (index) => examples[index],
  };
}

/** Training options with the defaults of a configuration file. */
export function trainingOptions(settings: Readonly<Record<string, unknown>>): TrainingOptions {
  const config = { data: { train: ['unused'] }, training: { batch: { atoms: 12 }, ...settings }, out: 'unused' };
  return parsePretrainConfig(JSON.stringify(config)).training;
}

/** A training of the linear model in `path`: from the start, or from the newest checkpoint there. */
export async function linearSetup(
  path: string,
  settings: Readonly<Record<string, unknown>>,
  communicator: Communicator = singleProcess(),
): Promise<PretrainSetup> {
  const options = trainingOptions(settings);
  const trainStep = createLinearTrainStep();
  const identity: RunIdentity = {
    layout: ['energies 118', 'spring 1'],
    settings: flattenConfig({ training: options }),
    data: 'linear',
  };
  const { checkpoint, file } = readNewestCheckpoint(path) ?? {};
  if (checkpoint !== undefined) assertSameRun(checkpoint.identity, identity, { file });
  const state = checkpoint?.state ?? createTrainingState(new Float32Array(trainStep.layout.size), options);
  const training = linearExamples(60, 1);
  const references = new Map([
    [28, 0],
    [29, 0],
  ]);
  const normalizers = [{ references, energyScale: 1, forceScale: 1, stressScale: 1 }];
  return {
    options,
    trainStep,
    groups: trainStep.layout.entries,
    training,
    batches: recordRequests(createSerialBatches(training, normalizers)),
    validation: linearExamples(20, 2),
    normalizers,
    weights: { energy: options.energyWeight, forces: options.forceWeight, stress: 0, atomEnergies: 0 },
    state,
    identity,
    ...(communicator.rank === 0 && { folder: await openRunFolder(path, { from: checkpoint }) }),
    communicator,
  };
}

const requested = new WeakMap<BatchSource, Map<number, number[]>>();

/** Remembers the samples that a training asks for. */
function recordRequests(source: BatchSource): BatchSource {
  const samples = new Map<number, number[]>();
  const recording: BatchSource = {
    ...source,
    next(request) {
      samples.set(request.epoch, [...(samples.get(request.epoch) ?? []), ...Array.from(request.indices)]);
      return source.next(request);
    },
  };
  requested.set(recording, samples);
  return recording;
}

/** Samples that a training of `linearSetup` has worked on, by epoch. */
export function trainedSamples({ batches }: PretrainSetup): ReadonlyMap<number, readonly number[]> {
  return requested.get(batches) ?? new Map();
}

/** In place of what depends on the clock. */
export const noSeconds = { seconds: 0, graphsSeconds: 0, computeSeconds: 0, communicationSeconds: 0 };

/** Metrics of a run without what depends on the clock. */
export function readMetrics(path: string): Record<string, unknown>[] {
  return readFileSync(join(path, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), ...noSeconds }));
}

/** Settings of the run that is killed: checkpoints fall between epochs, metrics and validations. */
export const killableSettings = {
  length: '40 epochs',
  learningRate: 0.01,
  warmup: '20 steps',
  checkpointEvery: 13,
  validateEvery: 29,
  logEvery: 5,
  weightDecay: 0.01,
  amsgrad: true,
  seed: 3,
};
