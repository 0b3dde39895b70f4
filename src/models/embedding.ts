import { LammError } from '../errors.js';
import { neighborList } from '../neighbors/neighbor-list.js';
import { openSession } from '../runtime/open-session.js';
import type { RuntimeOptions, Session } from '../runtime/session.js';
import type { AtomicSystem } from '../structure/structure.js';
import { atomicGraph, joinGraphs } from './atomic-graph.js';
import { graphFeeds } from './graph-feeds.js';
import { createGraphNodes } from './graph-nodes.js';
import { buildNetwork, kindOf, layoutFor, partOf } from './kinds.js';
import type { Model } from './model.js';
import { constantWeights } from './parameters.js';

/** Features after the last layer of messages, or those that the energies of the heads are linear in. */
export type FeatureLayer = 'features' | 'lastFeatures';

/** What a model makes of atoms and their surroundings before its heads. */
export interface Embedder extends AsyncDisposable {
  /**
   * Scalar features, [N x width], which no rotation, translation or mirror changes.
   *
   * @throws {LammError} `non-finite` for atoms in one place.
   */
  embed(system: AtomicSystem): Promise<Float64Array>;
  /** Scalar features of several systems at once, faster for small ones; they differ from `embed` in rounding alone. */
  embedMany(systems: readonly AtomicSystem[]): Promise<Float64Array[]>;
}

/** Prepares a model to give the features of atoms; its graph is compiled at the first structure. */
export function createEmbedder(
  { config, parameters }: Pick<Model, 'config' | 'parameters'>,
  { layer = 'features', ...runtime }: RuntimeOptions & { readonly layer?: FeatureLayer } = {},
): Embedder {
  let session: Promise<Session> | undefined;

  function open(): Promise<Session> {
    const weights = constantWeights(layoutFor(config), parameters);
    const outputs = buildNetwork(config, weights, createGraphNodes(kindOf(config).blockSize));
    return openSession({ features: outputs[layer] ?? outputs.features }, runtime);
  }

  async function embedMany(systems: readonly AtomicSystem[]): Promise<Float64Array[]> {
    session ??= open();
    const graphs = systems.map((system) =>
      atomicGraph(system.numbers, kindOf(config).edges(neighborList(system, config.cutoff), config)),
    );
    const { feeds } = graphFeeds(config, joinGraphs(graphs), runtime.precision);
    const { features } = await (await session).run(feeds);
    const width = features.data.length / graphs.reduce((sum, { atomCount }) => sum + atomCount, 0);
    let end = 0;
    return graphs.map(({ atomCount }) => {
      const start = end;
      end += width * atomCount;
      const values = Float64Array.from(features.data.subarray(start, end));
      if (values.every(Number.isFinite)) return values;
      throw new LammError('non-finite', 'expected finite features, found NaN or infinity; are two atoms too close?', {
        quantity: 'features',
      });
    });
  }

  return {
    embed: async (system) => (await embedMany([system]))[0],
    embedMany,
    async [Symbol.asyncDispose]() {
      await (await session)?.[Symbol.asyncDispose]();
    },
  };
}

/** What a model learned of an element alone: its row of the table that the first layer reads, [width]. */
export function elementEmbedding({ config, parameters }: Model, number: number): Float32Array {
  for (const { name, offset, shape } of layoutFor(config).entries) {
    const part = partOf(config, name);
    if (part.kind !== 'embedding') continue;
    const start = offset + (number - part.firstElement) * shape[1];
    return parameters.slice(start, start + shape[1]);
  }
  throw new LammError('graph', 'the model has no table of elements');
}

/** Mean of the rows of `features`, [N x width], that `isChosen` chooses, [width]; NaN where it chooses none. */
export function meanFeatures(
  features: Float64Array,
  width: number,
  isChosen: (atom: number) => boolean = () => true,
): Float64Array {
  const mean = new Float64Array(width);
  let count = 0;
  for (let atom = 0; atom < features.length / width; atom++) {
    if (!isChosen(atom)) continue;
    count++;
    for (let channel = 0; channel < width; channel++) mean[channel] += features[atom * width + channel];
  }
  return mean.map((sum) => sum / count);
}
