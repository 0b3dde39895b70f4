import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createTrainStep } from '../../../pretrain/step/train-step.js';
import {
  type EquiformerV2Config,
  equiformerV2Settings,
  lammLConfig,
} from '../../../src/models/equiformer-v2/config.js';
import { equiformerV2 } from '../../../src/models/equiformer-v2/equiformer-v2-kind.js';
import { inferenceGraph } from '../../../src/models/graph-evaluator.js';
import { graphFeeds } from '../../../src/models/graph-feeds.js';
import { layoutFor } from '../../../src/models/kinds.js';
import { constantWeights, initializeParameters } from '../../../src/models/parameters.js';
import { createRandom } from '../../../src/random.js';
import { openSession } from '../../../src/runtime/open-session.js';
import { type Comparison, compare } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { labelledCopper, lossOfLabels } from '../labelled-copper.js';
import { equiformerProducts } from './equiformer-products.js';
import { productTime, withGradients } from './matrix-products.js';

/** What is measured: a network and the copper crystal that it is given. */
interface Problem {
  readonly name: string;
  readonly config: EquiformerV2Config;
  readonly repeats: readonly [number, number, number];
}

/** The published configuration on the system for which times of PyTorch are known. */
const published: Problem = { name: 'EquiformerV2 31M', config: lammLConfig, repeats: [4, 2, 2] };

/** A network of the size that is trained on small crystals. */
const small: Problem = {
  name: 'EquiformerV2 of 64 channels',
  config: equiformerV2.configure(
    equiformerV2Settings.parse({
      ...{ kind: 'equiformer-v2', channels: 64, layers: 3, maxDegree: 2, maxOrder: 2, attentionHidden: 32 },
      ...{ feedForwardHidden: 64, edgeChannels: 64, gridDegree: 7, stressHead: true, cutoff: 5 },
    }),
    { heads: ['default'] },
  ),
  repeats: [4, 3, 3],
};

/** There is no PyTorch code of it here to run in turn. */
const publishedFigures = 'FAIR-Chem in PyTorch, two cores, elsewhere: 3.6 to 5.9 s and 6.8 GB';

/** Inference and training steps beside the matrix products alone; memory is that of a process of its own. */
export const equiformerBench: BenchGroup = async function* (context) {
  yield await inference(published, context);
  yield await training(published, context);
  yield await training(small, context);
};

async function inference(problem: Problem, { rounds, threads }: BenchContext): Promise<Comparison> {
  const { config } = problem;
  const { graph } = labelledCopper(config, problem.repeats);
  const layout = layoutFor(config);
  const weights = constantWeights(layout, initializeParameters(layout, createRandom(3)));
  const floor = await productTime(equiformerProducts(config, graph), { threads, spinning: true });
  const memory = await peakMemory(threads);
  await using session = await openSession(inferenceGraph(config, weights, { head: 0 }), { threads, spinning: true });
  const ours = timed(() => session.run(graphFeeds(config, graph).feeds));
  const name = `${problem.name} inference, ${graph.atomCount} atoms, ${graph.edgeCount} edges`;
  const row = await compare({ name, ours }, rounds);
  return { ...row, note: `${besideFloor(row, floor)}; peak memory ${memory} MB; ${publishedFigures}` };
}

async function training(problem: Problem, { rounds, threads }: BenchContext): Promise<Comparison> {
  const { config } = problem;
  const batch = labelledCopper(config, problem.repeats);
  const layout = layoutFor(config);
  const parameters = initializeParameters(layout, createRandom(3));
  const products = withGradients(equiformerProducts(config, batch.graph));
  const floor = await productTime(products, { threads, spinning: true });
  await using step = await createTrainStep(config, lossOfLabels, { threads, spinning: true });
  const gradients = new Float32Array(layout.size);
  const ours = timed(() => step.run(batch, parameters, { gradients }));
  const name = `${problem.name} training step, ${batch.graph.atomCount} atoms, ${batch.graph.edgeCount} edges`;
  const row = await compare({ name, ours }, rounds);
  return { ...row, note: besideFloor(row, floor) };
}

function besideFloor({ ours }: Comparison, floor: { readonly ms: number; readonly gflops: number }): string {
  const times = (ours.median / floor.ms).toFixed(2);
  return `matrix products alone ${floor.ms.toFixed(0)} ms (${floor.gflops.toFixed(0)} GFLOP/s): ${times} x that`;
}

/** Of a process that loads the published configuration and runs it twice, in MB. */
function peakMemory(threads: number): Promise<string> {
  const child = fork(fileURLToPath(new URL('equiformer-memory.js', import.meta.url)), [`${threads}`]);
  return new Promise((resolve, reject) => {
    child.once('message', (peak) => resolve(String(peak)));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the process whose memory is measured ended with code ${code}`)));
  });
}

function timed(work: () => Promise<unknown>): () => Promise<number> {
  return async () => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
}
