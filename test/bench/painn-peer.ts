import type { Batch } from '../../pretrain/batch/batch.js';
import type { SafeTensor } from '../../src/io/safetensors.js';
import type { AtomicGraph } from '../../src/models/atomic-graph.js';
import { gaussianCentres } from '../../src/models/layers/radial-basis.js';
import type { PainnConfig } from '../../src/models/painn/config.js';
import type { ParameterLayout } from '../../src/models/parameters.js';
import type { BenchContext } from './context.js';
import type { Peer } from './peer.js';
import { writeArrays } from './system-file.js';

/** A network with its parameters, and what it is applied to. */
export interface PainnProblem {
  readonly config: PainnConfig;
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly graph: AtomicGraph;
}

/** Gives the peer `painn_peer.py` network, graph and, for training, labels. */
export async function loadPainn(
  peer: Peer,
  { config, layout, parameters, graph }: PainnProblem,
  { folder, threads, labels }: BenchContext & { readonly labels?: Batch['labels'] },
): Promise<void> {
  const float = (data: Float32Array, shape: readonly number[]): SafeTensor => ({ dtype: 'F32', shape, data });
  const integer = (data: Int32Array): SafeTensor => ({ dtype: 'I32', shape: [data.length], data });
  const weights = new Map(
    layout.entries.map(({ name, offset, size, shape }) => [
      name,
      float(parameters.subarray(offset, offset + size), shape),
    ]),
  );
  if (config.basis === 'gaussian') {
    weights.set('radial_basis.rbf.offset', float(gaussianCentres(config.basisSize), [config.basisSize]));
  }
  const inputs = new Map([
    ['numbers', integer(Int32Array.from(graph.numbers))],
    ['senders', integer(Int32Array.from(graph.senders))],
    ['receivers', integer(Int32Array.from(graph.receivers))],
    ['edgeVectors', float(Float32Array.from(graph.edgeVectors), [graph.edgeCount, 3])],
  ]);
  if (labels !== undefined) {
    inputs.set('energyTarget', float(labels.energy.targets, [1]));
    inputs.set('forceTargets', float(labels.forces.targets, [graph.atomCount, 3]));
  }
  await peer.ask({
    do: 'load',
    threads,
    trained: labels !== undefined,
    cutoff: config.cutoff,
    envelopeExponent: config.envelopeExponent,
    smooth: config.smooth,
    weights: writeArrays(folder, weights),
    inputs: writeArrays(folder, inputs),
  });
}

/** Both sides calculate in single precision and sum in another order, which leaves about 1e-5 of the largest value. */
export function assertClose(what: string, ours: ArrayLike<number>, theirs: readonly number[]): void {
  const largest = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = theirs.reduce((most, value, index) => Math.max(most, Math.abs(value - ours[index])), 0);
  if (!(ours.length === theirs.length && worst <= 1e-4 * largest)) {
    throw new Error(`${what}: differ from PyTorch's by ${worst}, largest ${largest}`);
  }
}
