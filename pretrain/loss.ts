import { safeNorm } from '../src/models/layers.js';
import { buildNetwork, type ModelConfig } from '../src/models/network.js';
import { createNetworkInputs, forcesFromEdges } from '../src/models/network-inputs.js';
import type { WeightSource } from '../src/models/parameters.js';
import { gradients } from '../src/tensor/derivatives.js';
import type { TensorNode } from '../src/tensor/node.js';
import {
  abs,
  add,
  input,
  multiply,
  reduceSum,
  reshape,
  scatterRows,
  slice,
  subtract,
} from '../src/tensor/operations.js';
import type { Batch } from './batch.js';
import type { EnergyReduction } from './normalizer.js';

/** What a prediction error costs. */
export interface LossOptions {
  readonly energyWeight: number;
  readonly forceWeight: number;
  readonly energyReduction: EnergyReduction;
  /** Scales of the normaliser, in eV and eV/A: a conservative model needs their ratio to turn its gradient into normalised forces. */
  readonly energyScale: number;
  readonly forceScale: number;
}

/** Graph nodes of normalised predictions: energy of each atom [atoms] and forces [atoms x 3]. */
export interface Predictions {
  readonly atomEnergies: TensorNode;
  readonly forces: TensorNode;
}

/** Builds a network with its predictions for whole batches. */
export function predictionGraph(config: ModelConfig, weights: WeightSource, options: LossOptions): Predictions {
  const inputs = createNetworkInputs();
  const { energies: allEnergies, forces: direct } = buildNetwork(config, weights, inputs);
  const atomEnergies = reshape(slice(allEnergies, 1, 0, 1), ['atoms']);
  if (direct !== undefined) return { atomEnergies, forces: reshape(slice(direct, 2, 0, 1), ['atoms', 3]) };
  const [gradient] = gradients(reduceSum(atomEnergies), [inputs.edgeVectors]);
  const forces = multiply(forcesFromEdges(gradient, inputs), options.energyScale / options.forceScale);
  return { atomEnergies, forces };
}

/** Graph nodes of the loss and its two terms, all scalars. */
export interface LossGraph {
  readonly loss: TensorNode;
  readonly energyLoss: TensorNode;
  readonly forceLoss: TensorNode;
}

/**
 * Universal loss: energyWeight sum_i w_i |dE_i| + forceWeight sum_j w_j ||dF_j||, the weights of structures i and atoms j being fed.
 * Which labels exist and how errors are averaged is in the weights alone (`lossWeights`), so a masked label has gradient zero.
 *
 * @see LaMM, arXiv 2505.22208, eq. 5.
 */
export function lossGraph(
  { atomEnergies, forces }: Predictions,
  { energyWeight, forceWeight }: LossOptions,
): LossGraph {
  const energies = scatterRows(atomEnergies, input('structureOf', ['atoms'], 'index'), 'structures');
  const energyErrors = abs(subtract(energies, input('energyTargets', ['structures'])));
  const energyLoss = reduceSum(multiply(energyErrors, input('energyWeights', ['structures'])));
  const forceErrors = safeNorm(subtract(forces, input('forceTargets', ['atoms', 3])), 1);
  const forceLoss = reduceSum(multiply(forceErrors, input('forceWeights', ['atoms'])));
  return { energyLoss, forceLoss, loss: add(multiply(energyLoss, energyWeight), multiply(forceLoss, forceWeight)) };
}

/**
 * Weight of each structure's energy error, [G], and of each atom's force error, [N]: masks over the number of labels.
 * Forces are averaged over the atoms of a structure first, then over structures.
 */
export function lossWeights(
  batch: Batch,
  energyReduction: EnergyReduction,
): { energyWeights: Float32Array; forceWeights: Float32Array } {
  const { energyMask, forceMask, atomCounts, structureOf } = batch;
  const perStructure = forceMask.map((mask, atom) => mask / atomCounts[structureOf[atom]]);
  const energyCount = Math.max(1, sum(energyMask));
  const forceCount = Math.max(1, Math.round(sum(perStructure)));
  return {
    energyWeights: energyMask.map(
      (mask, index) => mask / energyCount / (energyReduction === 'per-atom' ? atomCounts[index] : 1),
    ),
    forceWeights: perStructure.map((weight) => weight / forceCount),
  };
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
