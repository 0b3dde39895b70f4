import { LammError } from '../src/errors.js';
import { initializeParameters } from '../src/models/parameters.js';
import { createRandom } from '../src/random.js';
import { type AffineCost, fitAffineCost, type TimedBatch } from './balance/cost.js';
import { type Batch, collate } from './batch/batch.js';
import type { PretrainConfig } from './config/pretrain-config.js';
import { createExampleStore } from './dataset/graphs.js';
import type { PreparedData } from './dataset/prepare-data.js';
import { sampleAt } from './dataset/sample/sample.js';
import { modelConfig } from './setup.js';
import { termWeights } from './step/term-weights.js';
import { createTrainStep } from './step/train-step.js';

/** Structures in the batches that are timed; samples of several sizes make each more than one batch. */
const batchSizes = [1, 2, 3, 4, 6, 8];
const batchesPerSize = 3;
/** Each batch is timed once a round and its best time counts: other work on the machine comes in spells. */
const rounds = 4;

/**
 * Times training steps of a configuration on some of its samples and fits what a structure, an atom and an edge cost.
 *
 * @throws {LammError} `engine` when larger batches do not take longer.
 */
export async function measureCost(config: PretrainConfig, data: PreparedData): Promise<AffineCost> {
  const model = modelConfig(config, data);
  const { threads, engine, device, seed } = config.training;
  const normalizers = data.heads.map(({ normalizer }) => normalizer);
  await using step = await createTrainStep(
    model,
    { ...config.training, weights: termWeights(config.training, model, data), scales: normalizers },
    { threads, engine, device },
  );
  const random = createRandom(seed);
  const parameters = initializeParameters(step.layout, random);
  const gradients = new Float32Array(step.layout.size);
  const batches = batchSizes.flatMap((count) => Array.from({ length: batchesPerSize }, () => drawBatch(count)));
  const best = new Float64Array(batches.length).fill(Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [index, batch] of batches.entries()) {
      const start = performance.now();
      await step.run(batch, parameters, { gradients });
      best[index] = Math.min(best[index], (performance.now() - start) / 1000); // the first one allocates
    }
  }
  const timed = batches.map(
    ({ graph: { structureCount: structures, atomCount: atoms, edgeCount: edges } }, index): TimedBatch => ({
      ...{ structures, atoms, edges },
      seconds: best[index],
    }),
  );
  const cost = fitAffineCost(timed);
  if (cost.perStructure + cost.perAtom + cost.perEdge > 0) return cost;
  throw new LammError(
    'engine',
    'the steps that were timed do not take longer the more they hold: the machine is too busy; try again, or take the cost by atoms',
  );

  function drawBatch(count: number): Batch {
    const samples = Array.from({ length: count }, () => sampleAt(data.training, random.integer(data.training.length)));
    const store = createExampleStore(samples, { model, maximumBytes: 0 });
    return collate(
      samples.map((_, index) => store.example(index)),
      normalizers,
    );
  }
}
