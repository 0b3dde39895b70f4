import type { TensorData } from '../runtime/session.js';
import { blockEdges, type EdgeBlocks } from './edge-blocks.js';
import type { ModelInputs } from './model-inputs.js';

/** What `createNetworkInputs` reads, in single or double precision, and the edge blocks that it was made of. */
export function networkFeeds(
  inputs: ModelInputs,
  precision: 'float32' | 'float64' = 'float32',
): { readonly feeds: Record<string, TensorData>; readonly blocks: EdgeBlocks } {
  const blocks = blockEdges(inputs, precision === 'float32' ? Float32Array : Float64Array);
  const { blockCount, blockReceivers, senders, edgeVectors, presence } = blocks;
  const feeds = {
    species: { data: inputs.numbers.map((number) => number - 1), shape: [inputs.atomCount] },
    blockReceivers: { data: blockReceivers, shape: [blockCount] },
    senders: { data: senders, shape: [senders.length] },
    edgeVectors: { data: edgeVectors, shape: [senders.length, 3] },
    presence: { data: presence, shape: [senders.length, 1] },
  };
  return { feeds, blocks };
}
