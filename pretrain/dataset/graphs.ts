import { neighborList } from '../../src/neighbors/neighbor-list.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import { addNoise, type NoiseKey } from '../denoise.js';
import type { SampleSize } from '../sampling.js';
import type { Sample } from './sample.js';

/** Directed edges of one structure in the order of its neighbour list: sorted by receiver. */
export interface Graph {
  readonly edgeCount: number;
  /** Atoms at which the edges start, [E]. */
  readonly senders: Int32Array;
  /** Atoms at which the edges end, [E]. */
  readonly receivers: Int32Array;
  /** From receiver to sender in A, [E x 3]. */
  readonly edgeVectors: Float32Array;
}

/** A sample ready for a model. */
export interface Example {
  readonly sample: Sample;
  readonly graph: Graph;
}

/** Samples, their sizes, and their graphs: kept where memory allows, built again where not. */
export interface ExampleStore {
  readonly samples: readonly Sample[];
  /** Size of each sample; without the noise of those that have it. */
  readonly sizes: readonly SampleSize[];
  /** Number of samples whose graphs are at hand. */
  readonly keptCount: number;
  /** A sample with its graph; with the noise of the epoch, or of epoch 0, where noise is to be learned. */
  example(index: number, epoch?: number): Example;
}

export interface ExampleStoreOptions {
  /** Cutoff of the graphs in A. */
  readonly cutoff: number;
  /** Bytes that kept graphs may take. */
  readonly maximumBytes: number;
  /** Seed of the noise. */
  readonly seed?: number;
}

const bytesPerEdge = 4 + 4 + 3 * 4;

/** Builds the graphs of all samples once, to know their sizes, and keeps the first of them up to `maximumBytes`. */
export function createExampleStore(
  samples: readonly Sample[],
  { cutoff, maximumBytes, seed = 0 }: ExampleStoreOptions,
): ExampleStore {
  const kept = new Map<number, Graph>();
  const sizes: SampleSize[] = [];
  let freeBytes = maximumBytes;
  for (const [index, { structure, subset }] of samples.entries()) {
    const graph = buildGraph(structure, cutoff);
    sizes.push({ atomCount: structure.numbers.length, edgeCount: graph.edgeCount });
    if (subset?.noise !== undefined) continue; // its graph is another in every epoch
    freeBytes -= bytesPerEdge * graph.edgeCount;
    if (freeBytes >= 0) kept.set(index, graph);
  }

  function example(index: number, epoch = 0): Example {
    const sample = withNoise(samples[index], { seed, epoch, sample: index });
    return { sample, graph: kept.get(index) ?? buildGraph(sample.structure, cutoff) };
  }

  return { samples, sizes, keptCount: kept.size, example };
}

/** The sample with noise and the way back, in A, as its forces, if that is what it is for. */
function withNoise(sample: Sample, key: NoiseKey): Sample {
  const noise = sample.subset?.noise;
  if (noise === undefined) return sample;
  const { structure, labels, free } = addNoise(sample.structure, key, noise);
  return { ...sample, structure, forces: labels.map((label) => noise.sigma * label), forceMask: free };
}

/** Edges of a structure with their vectors in single precision. */
export function buildGraph(system: AtomicSystem, cutoff: number): Graph {
  const { edgeCount, senders, receivers, edgeVectors } = neighborList(system, cutoff);
  return {
    edgeCount,
    senders: Int32Array.from(senders),
    receivers: Int32Array.from(receivers),
    edgeVectors: Float32Array.from(edgeVectors),
  };
}
