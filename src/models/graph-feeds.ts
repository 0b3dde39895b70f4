import type { TensorData } from '../runtime/session.js';
import type { AtomicGraph } from './atomic-graph.js';
import { blockEdges, type EdgeBlocks } from './edge-blocks.js';
import { kindOf, type ModelConfig } from './kinds.js';

/** What a network reads of a graph, in single or double precision, and the edge blocks that it was made of. */
export function graphFeeds(
  config: ModelConfig,
  graph: AtomicGraph,
  precision: 'float32' | 'float64' = 'float32',
): { readonly feeds: Record<string, TensorData>; readonly blocks: EdgeBlocks } {
  const blocks = blockEdges(graph, precision === 'float32' ? Float32Array : Float64Array, kindOf(config).blockSize);
  const { blockCount, blockReceivers, senders, edgeVectors, presence } = blocks;
  const feeds = {
    species: { data: graph.numbers.map((number) => number - 1), shape: [graph.atomCount] },
    blockReceivers: { data: blockReceivers, shape: [blockCount] },
    senders: { data: senders, shape: [senders.length] },
    edgeVectors: { data: edgeVectors, shape: [senders.length, 3] },
    presence: { data: presence, shape: [senders.length, 1] },
    ...kindOf(config).feeds?.(graph, blocks, config),
  };
  return { feeds, blocks };
}
