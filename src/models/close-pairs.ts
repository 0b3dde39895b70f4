import { coincidenceDistance, coincidentAtoms } from '../neighbors/coincident-atoms.js';
import {
  pairRepulsion,
  type RepulsionConfig,
  type RepulsionEdges,
  type RepulsionResult,
  repulsionRange,
} from './repulsion.js';

/** Edges of one system, with all that are shorter than `closeRange`. */
export interface CloseEdges extends RepulsionEdges {
  /** In A, [E]. */
  readonly distances: Float64Array;
}

/** Distance in A within which pairs of atoms matter beside the network. */
export function closeRange(numbers: Uint8Array, config: RepulsionConfig): number {
  return Math.max(coincidenceDistance, repulsionRange(numbers, config));
}

/**
 * The repulsion that a model adds to its network, where there is any.
 *
 * @throws {LammError} `structure` for two atoms in one place: no potential has an answer for them.
 */
export function repulsionOf(
  numbers: Uint8Array,
  edges: CloseEdges,
  config: RepulsionConfig,
): RepulsionResult | undefined {
  const { distances, senders, receivers } = edges;
  for (let edge = 0; edge < distances.length; edge++) {
    if (distances[edge] < coincidenceDistance) throw coincidentAtoms(receivers[edge], senders[edge], distances[edge]);
  }
  return pairRepulsion(numbers, edges, config);
}
