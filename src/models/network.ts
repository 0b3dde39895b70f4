import type { NetworkInputs } from './network-inputs.js';
import type { PainnConfig } from './painn/config.js';
import { type NetworkOutputs, painnNetwork } from './painn/network.js';
import { painnLayout } from './painn/parameters.js';
import { painnPart } from './painn/parts.js';
import type { ParameterLayout, WeightSource } from './parameters.js';
import type { ModelPart } from './parts.js';

/** Every kind of model; one more kind is one more member here and one more case below. */
export type ModelConfig = PainnConfig;

/** Names, shapes and order of the trainable parameters. */
export function layoutFor(config: ModelConfig): ParameterLayout {
  return painnLayout(config);
}

/** The part of a model that a parameter belongs to. */
export function partOf(_: ModelConfig, parameterName: string): ModelPart {
  return painnPart(parameterName);
}

/** Builds the network of a model. */
export function buildNetwork(config: ModelConfig, weights: WeightSource, inputs: NetworkInputs): NetworkOutputs {
  return painnNetwork(config, weights, inputs);
}
