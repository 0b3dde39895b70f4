import { initializeParameters } from '../src/models/parameters.js';
import { createRandom } from '../src/random.js';
import { type AffineCost, fitAffineCost, type TimedBatch } from './balance/cost.js';
import { collate } from './batch/batch.js';
import type { PretrainConfig } from './config/pretrain-config.js';
import { createExampleStore } from './dataset/graphs.js';
import type { PreparedData } from './dataset/prepare-data.js';
import { sampleAt } from './dataset/sample/sample.js';
import { modelConfig } from './setup.js';
import { createTrainStep } from './step/train-step.js';

/** Structures in the batches that are timed; samples of several sizes make each more than one batch. */
const batchSizes = [1, 2, 3, 4, 6, 8];
const batchesPerSize = 3;
const repeats = 3;

/** Times training steps of a configuration on some of its samples and fits what a structure, an atom and an edge cost. */
export async function measureCost(config: PretrainConfig, data: PreparedData): Promise<AffineCost> {
  const model = modelConfig(config, data);
  const { threads, engine, device, seed } = config.training;
  const normalizers = data.heads.map(({ normalizer }) => normalizer);
  await using step = await createTrainStep(
    model,
    { ...config.training, scales: normalizers },
    { threads, engine, device },
  );
  const random = createRandom(seed);
  const parameters = initializeParameters(step.layout, random);
  const gradients = new Float32Array(step.layout.size);
  const timed: TimedBatch[] = [];
  for (const size of batchSizes.flatMap((count) => new Array<number>(batchesPerSize).fill(count))) {
    const samples = Array.from({ length: size }, () => sampleAt(data.training, random.integer(data.training.length)));
    const store = createExampleStore(samples, { cutoff: model.cutoff, maximumBytes: 0 });
    const batch = collate(
      samples.map((_, index) => store.example(index)),
      normalizers,
    );
    let seconds = Number.POSITIVE_INFINITY;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const start = performance.now();
      await step.run(batch, parameters, { gradients });
      seconds = Math.min(seconds, (performance.now() - start) / 1000); // the first one allocates
    }
    timed.push({ structures: batch.structureCount, atoms: batch.atomCount, edges: batch.edgeCount, seconds });
  }
  return fitAffineCost(timed);
}
