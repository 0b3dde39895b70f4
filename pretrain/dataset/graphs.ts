import { type AtomicGraph, atomicGraph } from '../../src/models/atomic-graph.js';
import { kindOf, type ModelConfig } from '../../src/models/kinds.js';
import { pairRepulsion, type RepulsionConfig } from '../../src/models/repulsion.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import { cellVolume } from '../../src/structure/cell.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import type { GraphSizes } from '../balance/cost.js';
import { addNoise, type NoiseKey, type NoiseOptions } from './sample/denoise.js';
import { type Sample, type SampleList, sampleAt } from './sample/sample.js';

/** A sample ready for a model. */
export interface Example {
  readonly sample: Sample;
  readonly graph: AtomicGraph;
}

/** Gives samples with their graphs. */
export interface ExampleReader {
  /** A sample with its graph; with the noise of the epoch, or of epoch 0, where noise is to be learned. */
  example(index: number, epoch?: number): Example;
}

/** Samples, their sizes, and their graphs: kept where memory allows, built again where not. */
export interface ExampleStore extends ExampleReader {
  readonly samples: SampleList;
  /** Size of each sample; without the noise of those that have it. */
  readonly sizes: GraphSizes;
  /** Number of samples whose graphs are at hand. */
  readonly keptCount: number;
  /** Size of the other graphs. */
  readonly missingBytes: number;
  /** Frees the memory of the graphs and keeps none from now on, because somebody else makes them. */
  release(): void;
}

/**
 * What a model makes of a structure: its cutoff in A, what is added to its network, and which neighbours it takes; all
 * if it is of no kind.
 */
export type GraphRules = ModelConfig | (Pick<ModelConfig, 'cutoff'> & RepulsionConfig);

export interface ExampleReaderOptions {
  /** Whose graphs they are; labels are given without what it adds to its network. */
  readonly model: GraphRules;
  /** Seed of the noise. */
  readonly seed?: number;
  /** Kind of the noise, instead of the one that is learned. */
  readonly noise?: NoiseOptions['labels'];
}

export interface ExampleStoreOptions extends ExampleReaderOptions {
  /** Bytes that kept graphs may take. */
  readonly maximumBytes: number;
}

/** Number and structure of an atom; ends and vector of an edge. */
const [bytesPerAtom, bytesPerEdge] = [4 + 4, 4 + 4 + 3 * 4];

/** Builds the graph of a sample whenever it is asked for. */
export function createExampleReader(
  samples: SampleList,
  { model, seed = 0, noise }: ExampleReaderOptions,
): ExampleReader {
  return {
    example(index, epoch = 0) {
      const sample = withNoise(sampleAt(samples, index), { seed, epoch, sample: index }, noise);
      return withoutRepulsion({ sample, graph: buildGraph(sample.structure, model) }, model);
    },
  };
}

/** The example with what the network is to learn: its labels less the repulsion that the model adds. */
function withoutRepulsion({ sample, graph }: Example, model: GraphRules): Example {
  const isLabelled = sample.subset?.noise === undefined;
  const { numbers, cell } = sample.structure;
  const added = isLabelled ? pairRepulsion(numbers, graph, model) : undefined;
  if (added === undefined) return { sample, graph };
  const { energy, forces, stress, atomEnergies } = sample;
  const total = added.energies.reduce((sum, part) => sum + part, 0);
  const volume = cellVolume(cell);
  const less = {
    ...sample,
    energy: energy === undefined ? undefined : energy - total,
    forces: forces?.map((force, component) => force - added.forces[component]),
    stress: stress?.map((value, component) => value - added.strainDerivative[component] / volume),
    atomEnergies: atomEnergies?.map((value, atom) => value - added.energies[atom]),
  };
  return { sample: less, graph };
}

/** Whether sizes that were counted with all neighbours within a cutoff are those of a model's graphs. */
export function areSizesOf({ cutoff }: { readonly cutoff: number }, model: GraphRules): boolean {
  return cutoff === model.cutoff && !('kind' in model && model.maxNeighbors !== null);
}

/**
 * Keeps the graphs that are built first, up to `maximumBytes`; builds all of them at once unless their sizes are known.
 */
export function createExampleStore(
  samples: SampleList,
  { maximumBytes, ...options }: ExampleStoreOptions,
): ExampleStore {
  const { model } = options;
  const reader = createExampleReader(samples, options);
  const kept = new Map<number, AtomicGraph>();
  let freeBytes = maximumBytes;

  function keep(index: number, { sample, graph }: Example): void {
    if (sample.subset?.noise !== undefined) return; // its graph is another in every epoch
    const bytes = bytesPerAtom * graph.atomCount + bytesPerEdge * graph.edgeCount;
    if (bytes > freeBytes) return;
    freeBytes -= bytes;
    kept.set(index, graph);
  }

  function example(index: number, epoch?: number): Example {
    const graph = kept.get(index);
    if (graph !== undefined) return withoutRepulsion({ sample: sampleAt(samples, index), graph }, model);
    const built = reader.example(index, epoch);
    keep(index, built);
    return built;
  }

  function measure(): GraphSizes {
    const [atoms, edges] = [new Uint32Array(samples.length), new Uint32Array(samples.length)];
    let index = 0;
    for (const sample of samples) {
      const graph = buildGraph(sample.structure, model);
      keep(index, { sample, graph });
      atoms[index] = sample.structure.numbers.length;
      edges[index++] = graph.edgeCount;
    }
    return { atoms, edges };
  }

  const sizes = samples.sizes && areSizesOf(samples.sizes, model) ? samples.sizes : measure();
  return {
    samples,
    sizes,
    get keptCount() {
      return kept.size;
    },
    get missingBytes() {
      let total = 0;
      for (let index = 0; index < samples.length; index++) {
        total += bytesPerAtom * sizes.atoms[index] + bytesPerEdge * sizes.edges[index];
      }
      return total - (maximumBytes - freeBytes);
    },
    release() {
      kept.clear();
      freeBytes = 0;
    },
    example,
  };
}

/** The sample with noise and the way back, in A, as its forces, if that is what it is for. */
function withNoise(sample: Sample, key: NoiseKey, kind?: NoiseOptions['labels']): Sample {
  const noise = sample.subset?.noise;
  if (noise === undefined) return sample;
  const { structure, labels, free } = addNoise(sample.structure, key, { ...noise, ...(kind && { labels: kind }) });
  return { ...sample, structure, forces: labels.map((label) => noise.sigma * label), forceMask: free };
}

/** The graph of a structure with its edge vectors in single precision. */
export function buildGraph(system: AtomicSystem, model: GraphRules): AtomicGraph {
  const all = neighborList(system, model.cutoff);
  const { edgeCount, senders, receivers, edgeVectors } = 'kind' in model ? kindOf(model).edges(all, model) : all;
  return atomicGraph(system.numbers, {
    edgeCount,
    senders: Int32Array.from(senders),
    receivers: Int32Array.from(receivers),
    edgeVectors: Float32Array.from(edgeVectors),
  });
}
