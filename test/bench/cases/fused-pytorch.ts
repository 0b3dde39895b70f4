import { availableParallelism } from 'node:os';
import { countOf } from '../../../src/count-of.js';
import { type AtomicGraph, atomicGraph } from '../../../src/models/atomic-graph.js';
import { addEdgeForces } from '../../../src/models/edge-gradient.js';
import { modelFile } from '../../../src/models/embedded-models.js';
import { layoutFor } from '../../../src/models/kinds.js';
import { loadModel } from '../../../src/models/load-model.js';
import type { PainnConfig } from '../../../src/models/painn/config.js';
import { createFusedEvaluator } from '../../../src/models/painn/fused/fused-evaluator.js';
import { initializeParameters } from '../../../src/models/parameters.js';
import { neighborList } from '../../../src/neighbors/neighbor-list.js';
import { createRandom } from '../../../src/random.js';
import type { Structure } from '../../../src/structure/structure.js';
import { type Comparison, compare, median, repeated } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { rattledCrystal } from '../copper.js';
import { assertClose, loadPainn, type PainnProblem } from '../painn-peer.js';
import { findPython, type Peer, startPeer, timedByPeer } from '../peer.js';

/**
 * The widest network, with forces of its own, as the fused engine takes it: smooth, and without a limit on the number
 * of neighbours.
 */
const wide: PainnConfig = {
  kind: 'painn',
  channels: 512,
  layers: 6,
  basis: 'bessel',
  basisSize: 16,
  cutoff: 5,
  envelopeExponent: 5,
  elementCount: 83,
  smooth: true,
  repulsion: 'none',
  forces: 'direct',
  maxNeighbors: null,
  heads: ['default'],
  scaleFactors: [1, 1, 1, 1, 1, 1],
};

/**
 * Energies with forces by the fused engine, beside eager PyTorch with the same network, weights, graph and number of
 * threads.
 */
export const fusedPytorchBench: BenchGroup = async function* (context) {
  const python = findPython('torch', 'numpy');
  if (python === undefined) return context.skip('fused against PyTorch: no Python with torch was found');
  using peer = startPeer(python, 'painn_peer.py', 1);
  for (const [name, problem] of [
    ['lamm-s-joint', embedded('lamm-s-joint', rattledCrystal(3))],
    ['lamm-s-joint', embedded('lamm-s-joint', rattledCrystal(5))],
    ['lamm-s-joint', embedded('lamm-s-joint', rattledCrystal(10))],
    ['PaiNN h512 direct', initialized(wide, rattledCrystal([4, 2, 2]))],
  ] as const) {
    for (const threads of threadCounts) {
      await loadPainn(peer, problem, { ...context, threads });
      yield await beside(peer, { name, ...problem }, { ...context, threads });
    }
  }
};

/** One, and as many as this machine has for it. */
const threadCounts = [...new Set([1, Math.min(2, availableParallelism())])];

function embedded(name: string, structure: Structure): PainnProblem {
  const { config, parameters } = loadModel(modelFile(name));
  if (config.kind !== 'painn') throw new Error(`${name} is of the kind ${config.kind}`);
  return { config, layout: layoutFor(config), parameters, graph: graphOf(structure, config) };
}

function initialized(config: PainnConfig, structure: Structure): PainnProblem {
  const layout = layoutFor(config);
  const parameters = initializeParameters(layout, createRandom(3));
  return { config, layout, parameters, graph: graphOf(structure, config) };
}

function graphOf(structure: Structure, { cutoff }: PainnConfig) {
  return atomicGraph(structure.numbers, neighborList(structure, cutoff));
}

/** How a derivative is shared among the two edges of a pair is arbitrary; forces are not. */
function forcesOf(graph: AtomicGraph, edgeGradient: ArrayLike<number>): Float64Array {
  const forces = new Float64Array(3 * graph.atomCount);
  addEdgeForces(forces, graph, Float32Array.from(edgeGradient));
  return forces;
}

async function beside(
  peer: Peer,
  { name: model, config, parameters, graph }: PainnProblem & { readonly name: string },
  { rounds, threads }: Pick<BenchContext, 'rounds' | 'threads'>,
): Promise<Comparison> {
  const name = `${model} with forces, ${graph.atomCount} atoms, ${graph.edgeCount} edges, ${countOf(threads, 'thread')}`;
  await using fused = createFusedEvaluator({ config, parameters, head: 0 }, { threads });
  const request = { do: config.forces === 'direct' ? 'infer' : 'differentiate' };
  const ours = await fused.evaluate(graph);
  const theirs = await peer.ask<{ energies: number[]; forces?: number[]; edgeGradient?: number[] }>(request);
  assertClose(`${name}: energies`, ours.energies, theirs.energies);
  if ('forces' in ours) assertClose(`${name}: forces`, ours.forces, theirs.forces ?? []);
  else {
    const [mine, other] = [ours.edgeGradient, theirs.edgeGradient ?? []].map((gradient) => forcesOf(graph, gradient));
    assertClose(`${name}: forces`, mine, Array.from(other));
  }
  const timed = repeated(() => fused.evaluate(graph), 300);
  const once = timedByPeer(peer, request);
  const theirMedian = async () => median([await once(), await once(), await once()]);
  const row = await compare({ name, ours: timed, peer: { name: 'PyTorch', timed: theirMedian } }, rounds);
  return { ...row, note: `${((1000 * row.ours.median) / graph.atomCount).toFixed(1)} us an atom` };
}
