import { input } from '../tensor/operations.js';
import type { PainnConfig } from './painn/config.js';
import { type NetworkInputs, type NetworkOutputs, painnNetwork } from './painn/network.js';
import { painnLayout } from './painn/parameters.js';
import type { ParameterLayout, WeightSource } from './parameters.js';

/** Every kind of model; one more kind is one more member here and one more case below. */
export type ModelConfig = PainnConfig;

/** Names, shapes and order of the trainable parameters. */
export function layoutFor(config: ModelConfig): ParameterLayout {
  return painnLayout(config);
}

/** Builds the network of a model. */
export function buildNetwork(config: ModelConfig, weights: WeightSource, inputs: NetworkInputs): NetworkOutputs {
  return painnNetwork(config, weights, inputs);
}

/** The graph inputs that every model reads; see `networkFeeds` for what is fed. */
export function createNetworkInputs(): NetworkInputs {
  return {
    species: input('species', ['atoms'], 'index'),
    senders: input('senders', ['edges'], 'index'),
    receivers: input('receivers', ['edges'], 'index'),
    edgeVectors: input('edgeVectors', ['edges', 3]),
  };
}
