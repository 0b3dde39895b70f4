import type { SampleSizes } from '../balance/cost.js';
import { areSizesOf, buildGraph, type GraphRules } from '../dataset/graphs.js';
import { joinNumbers } from '../dataset/sample/number-list.js';
import type { SampleList } from '../dataset/sample/sample.js';
import { drawSizes, type MixOptions, type SizeMix } from './size-mix.js';
import { sampleEpoch, temperatureCounts } from './temperature-sampling.js';

/** Sizes of the samples of one subset. */
export interface SubsetSizes extends SampleSizes {
  readonly name: string;
}

/** What an epoch takes from a subset. */
export interface SubsetShare {
  readonly name: string;
  readonly meanAtoms: number;
  readonly samples: number;
  /** Samples that an epoch takes, repeats included. */
  readonly sampled: number;
}

/** Sizes of all samples, those of the first subset coming first, and the order of an epoch. */
export interface EpochSizes extends SampleSizes {
  readonly subsets: readonly SubsetShare[];
  /** Indices of samples, [n]. */
  readonly order: Uint32Array;
}

/** The first epoch over several subsets. */
export function epochSizes(
  subsets: readonly SubsetSizes[],
  { temperature, seed }: { readonly temperature: number; readonly seed: number },
): EpochSizes {
  const counts = subsets.map(({ atoms }) => atoms.length);
  const sampled = temperatureCounts(counts, temperature);
  const edges = subsets.flatMap(({ edges }) => edges ?? []);
  return {
    subsets: subsets.map(({ name, atoms }, index) => ({
      name,
      meanAtoms: atoms.reduce((sum, count) => sum + count, 0) / Math.max(1, atoms.length),
      samples: counts[index],
      sampled: sampled[index],
    })),
    atoms: joinNumbers(subsets.map(({ atoms }) => atoms)),
    ...(edges.length === subsets.length && { edges: joinNumbers(edges) }),
    order: sampleEpoch(counts, { temperature, seed, epoch: 0 }),
  };
}

/** A part of an epoch over subsets of which only the spread of sizes is known. */
export function mixedSizes(mix: SizeMix, options: MixOptions): EpochSizes {
  const sampled = temperatureCounts(
    mix.map(({ samples }) => samples),
    options.temperature,
  );
  const atoms = drawSizes(mix, options);
  return {
    subsets: mix.map(({ name, samples, atoms: { mean } }, index) => ({
      name,
      meanAtoms: mean,
      samples,
      sampled: sampled[index],
    })),
    atoms,
    order: Uint32Array.from(atoms.keys()),
  };
}

/**
 * Sizes of samples; with the edges of their graphs, which takes time where they are not known, when it is told of which
 * model.
 */
export function sizesOf(samples: SampleList, model?: GraphRules): SampleSizes {
  const { sizes } = samples;
  if (sizes !== undefined && (model === undefined || areSizesOf(sizes, model))) return sizes;
  const [atoms, edges] = [new Uint32Array(samples.length), new Uint32Array(samples.length)];
  let index = 0;
  for (const { structure } of samples) {
    atoms[index] = structure.numbers.length;
    if (model !== undefined) edges[index] = buildGraph(structure, model).edgeCount;
    index++;
  }
  return { atoms, ...(model !== undefined && { edges }) };
}
