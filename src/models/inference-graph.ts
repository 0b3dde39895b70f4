import { gradients } from '../tensor/derivatives.js';
import type { TensorNode } from '../tensor/node.js';
import { reduceSum, reshape, slice } from '../tensor/operations.js';
import { buildNetwork, type ModelConfig } from './network.js';
import { createNetworkInputs } from './network-inputs.js';
import type { WeightSource } from './parameters.js';

/**
 * Outputs of one head, normalised: `energies` [atoms], and either `forces` [atoms x 3] (direct) or `edgeGradient` [edges x 3],
 * the derivative of the summed energy with respect to `edgeVectors` (conservative), from which forces and stress follow.
 */
export function inferenceGraph(config: ModelConfig, weights: WeightSource, head: number): Record<string, TensorNode> {
  const inputs = createNetworkInputs();
  const { energies: allEnergies, forces } = buildNetwork(config, weights, inputs);
  const energies = reshape(slice(allEnergies, 1, head, head + 1), ['atoms']);
  if (forces !== undefined) return { energies, forces: reshape(slice(forces, 2, head, head + 1), ['atoms', 3]) };
  const [edgeGradient] = gradients(reduceSum(energies), [inputs.edgeVectors]);
  return { energies, edgeGradient };
}
