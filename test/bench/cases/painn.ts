import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '../../../pretrain/batch/batch.js';
import { createTrainStep } from '../../../pretrain/step/train-step.js';
import { parseSafetensors } from '../../../src/io/safetensors.js';
import { inferenceGraph } from '../../../src/models/graph-evaluator.js';
import { graphFeeds } from '../../../src/models/graph-feeds.js';
import { layoutFor } from '../../../src/models/kinds.js';
import { lammSConfig } from '../../../src/models/painn/config.js';
import { constantWeights, initializeParameters, type ParameterLayout } from '../../../src/models/parameters.js';
import { createRandom } from '../../../src/random.js';
import { openSession } from '../../../src/runtime/open-session.js';
import { type Comparison, compare, type Timed } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { labelledCopper, lossOfLabels } from '../labelled-copper.js';
import { assertClose, loadPainn } from '../painn-peer.js';
import { findPython, type Peer, startPeer, timedByPeer } from '../peer.js';
import { inferenceProducts, productTime, trainingProducts } from './matrix-products.js';

const config = lammSConfig;

/** The model, its parameters, and one structure with labels. */
interface Problem {
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly batch: Batch;
}

/** The PaiNN of 20 million parameters on 64 copper atoms, beside PyTorch and beside the matrix products alone. */
export const painnBench: BenchGroup = async function* (context) {
  const problem = createProblem();
  const python = findPython('torch', 'numpy');
  if (python === undefined) context.skip('PaiNN against PyTorch: no Python with torch was found');
  using peer = python === undefined ? undefined : startPeer(python, 'painn_peer.py', context.threads);
  if (peer !== undefined) await loadPeer(problem, context, peer);
  yield* inference(problem, context, peer);
  yield* training(problem, context, peer);
};

function createProblem(): Problem {
  const layout = layoutFor(config);
  const batch = labelledCopper({ ...config, maxNeighbors: 50 }, [4, 2, 2]);
  return { layout, parameters: initializeParameters(layout, createRandom(3)), batch };
}

async function loadPeer({ layout, parameters, batch }: Problem, context: BenchContext, peer: Peer): Promise<void> {
  await loadPainn(peer, { config, layout, parameters, graph: batch.graph }, { ...context, labels: batch.labels });
}

async function* inference({ layout, parameters, batch }: Problem, context: BenchContext, peer: Peer | undefined) {
  const name = `PaiNN h512 inference, ${batch.graph.atomCount} atoms, ${batch.graph.edgeCount} edges`;
  const runtime = { threads: context.threads, spinning: true };
  await using session = await openSession(
    inferenceGraph(config, constantWeights(layout, parameters), { head: 0 }),
    runtime,
  );
  const infer = () => session.run(graphFeeds(config, batch.graph).feeds);
  const ours = timed(infer);
  if (peer !== undefined) {
    const { energies, forces } = await infer();
    const theirs = await peer.ask<{ energies: number[]; forces: number[] }>({ do: 'infer' });
    assertClose(`${name}: energies`, energies.data, theirs.energies);
    assertClose(`${name}: forces`, forces.data, theirs.forces);
  }
  const products = inferenceProducts(config, batch.graph);
  yield* withFloor(
    { name, ours, floor: await productTime(products, runtime) },
    context,
    peer && timedByPeer(peer, { do: 'infer' }),
  );
}

async function* training({ layout, parameters, batch }: Problem, context: BenchContext, peer: Peer | undefined) {
  const name = `PaiNN h512 training step, ${batch.graph.atomCount} atoms, ${batch.graph.edgeCount} edges`;
  const runtime = { threads: context.threads, spinning: true };
  await using step = await createTrainStep(config, lossOfLabels, runtime);
  const gradients = new Float32Array(layout.size);
  const ours = timed(() => step.run(batch, parameters, { gradients }));
  if (peer !== undefined) {
    const path = join(context.folder, 'gradients.safetensors');
    const { loss } = await step.run(batch, parameters, { gradients });
    const theirs = await peer.ask<{ loss: number }>({ do: 'train', gradients: path });
    assertClose(`${name}: loss`, [loss], [theirs.loss]);
    const { tensors } = parseSafetensors(readFileSync(path));
    for (const { name: parameter, offset, size } of layout.entries) {
      const reference = tensors.get(parameter);
      if (reference === undefined) throw new Error(`${name}: the peer has no gradient of ${parameter}`);
      assertClose(
        `${name}: gradient of ${parameter}`,
        gradients.subarray(offset, offset + size),
        Array.from(reference.data, Number),
      );
    }
  }
  const products = trainingProducts(config, batch.graph);
  yield* withFloor(
    { name, ours, floor: await productTime(products, runtime) },
    context,
    peer && timedByPeer(peer, { do: 'train' }),
  );
}

async function* withFloor(
  {
    name,
    ours,
    floor,
  }: { readonly name: string; readonly ours: Timed; readonly floor: { ms: number; gflops: number } },
  { rounds }: BenchContext,
  peer: Timed | undefined,
): AsyncGenerator<Comparison> {
  const row = await compare({ name, ours, ...(peer && { peer: { name: 'PyTorch', timed: peer } }) }, rounds);
  const times = (row.ours.median / floor.ms).toFixed(2);
  yield {
    ...row,
    note: `matrix products alone ${floor.ms.toFixed(1)} ms (${floor.gflops.toFixed(0)} GFLOP/s): ${times} x that`,
  };
}

function timed(work: () => Promise<unknown>): Timed {
  return async () => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
}
