import type { NetworkInputs } from './network-inputs.js';
import type { PainnConfig } from './painn/config.js';
import { type NetworkOutputs, painnNetwork } from './painn/network.js';
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
