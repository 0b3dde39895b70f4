import { neighborList } from '../../src/neighbors/neighbor-list.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
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
  /** Size of each sample. */
  readonly sizes: readonly SampleSize[];
  /** Number of graphs that are kept. */
  readonly keptCount: number;
  example(index: number): Example;
}

export interface ExampleStoreOptions {
  /** Cutoff of the graphs in A. */
  readonly cutoff: number;
  /** Bytes that kept graphs may take. */
  readonly maximumBytes: number;
}

const bytesPerEdge = 4 + 4 + 3 * 4;

/** Builds the graphs of all samples once, to know their sizes, and keeps the first of them up to `maximumBytes`. */
export function createExampleStore(
  samples: readonly Sample[],
  { cutoff, maximumBytes }: ExampleStoreOptions,
): ExampleStore {
  const kept: Graph[] = [];
  const sizes: SampleSize[] = [];
  let freeBytes = maximumBytes;
  for (const { structure } of samples) {
    const graph = buildGraph(structure, cutoff);
    sizes.push({ atomCount: structure.numbers.length, edgeCount: graph.edgeCount });
    freeBytes -= bytesPerEdge * graph.edgeCount;
    if (freeBytes >= 0) kept.push(graph);
  }

  function example(index: number): Example {
    const sample = samples[index];
    return { sample, graph: kept[index] ?? buildGraph(sample.structure, cutoff) };
  }

  return { samples, sizes, keptCount: kept.length, example };
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
