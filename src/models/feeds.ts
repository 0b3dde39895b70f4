import type { TensorData } from '../runtime/session.js';
import type { ModelInputs } from './model-inputs.js';

/** What `createNetworkInputs` reads, in the precision of `edgeVectors`. */
export function networkFeeds(inputs: ModelInputs): Record<'species' | 'senders' | 'receivers' | 'edgeVectors', TensorData> {
  const { atomCount, edgeCount, numbers, senders, receivers, edgeVectors } = inputs;
  return {
    species: { data: numbers.map((number) => number - 1), shape: [atomCount] },
    senders: { data: senders, shape: [edgeCount] },
    receivers: { data: receivers, shape: [edgeCount] },
    edgeVectors: { data: edgeVectors, shape: [edgeCount, 3] },
  };
}
