import { safeNorm } from '../src/models/layers.js';
import { buildNetwork, type ModelConfig } from '../src/models/network.js';
import { createNetworkInputs, forcesFromEdges } from '../src/models/network-inputs.js';
import type { WeightSource } from '../src/models/parameters.js';
import { gradients } from '../src/tensor/derivatives.js';
import type { TensorNode } from '../src/tensor/node.js';
import {
  abs,
  add,
  constant,
  input,
  matMul,
  multiply,
  reduceSum,
  reshape,
  scatterRows,
  slice,
  subtract,
} from '../src/tensor/operations.js';
import type { Shape } from '../src/tensor/shape.js';
import type { Batch } from './batch.js';
import type { EnergyReduction, Normalizer } from './normalizer.js';

/** What a prediction error costs. */
export interface LossOptions {
  readonly energyWeight: number;
  readonly forceWeight: number;
  readonly energyReduction: EnergyReduction;
  /** Of the normaliser of each head: a conservative model needs their ratio to turn its gradient into normalised forces. */
  readonly scales: readonly Pick<Normalizer, 'energyScale' | 'forceScale'>[];
}

/** Graph nodes of normalised predictions: energy of each atom [atoms] and forces [atoms x 3]. */
export interface Predictions {
  readonly atomEnergies: TensorNode;
  readonly forces: TensorNode;
}

/**
 * Builds a network with its predictions for whole batches, those of one head for each atom: a fed mask, [atoms x heads], has a
 * single 1 in each row.  The other heads are multiplied by 0, so they have gradient 0.
 */
export function predictionGraph(config: ModelConfig, weights: WeightSource, { scales }: LossOptions): Predictions {
  const inputs = createNetworkInputs();
  const { energies, forces: direct } = buildNetwork(config, weights, inputs);
  const headCount = config.heads.length;
  const mask = headCount === 1 ? undefined : input('headMask', ['atoms', headCount]);
  const ofHead = (values: TensorNode, shape: Shape) => {
    const axis = shape.length;
    if (mask === undefined) return reshape(slice(values, axis, 0, 1), shape);
    return reduceSum(multiply(values, axis === 1 ? mask : reshape(mask, ['atoms', 1, headCount])), [axis]);
  };
  const atomEnergies = ofHead(energies, ['atoms']);
  if (direct !== undefined) return { atomEnergies, forces: ofHead(direct, ['atoms', 3]) };
  const [gradient] = gradients(reduceSum(atomEnergies), [inputs.edgeVectors]);
  const ratios = scales.map(({ energyScale, forceScale }) => energyScale / forceScale);
  const ratio = mask === undefined ? ratios[0] : matMul(mask, constant(ratios, [headCount, 1]));
  return { atomEnergies, forces: multiply(forcesFromEdges(gradient, inputs), ratio) };
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
 * Forces are averaged over the atoms of a structure that have them first, then over structures.
 */
export function lossWeights(
  batch: Batch,
  energyReduction: EnergyReduction,
): { energyWeights: Float32Array; forceWeights: Float32Array } {
  const { energyMask, forceMask, atomCounts, structureOf } = batch;
  const energyCount = Math.max(1, sum(energyMask));
  const forcesOf = new Float32Array(batch.structureCount); // number of atoms with a force
  forceMask.forEach((mask, atom) => {
    forcesOf[structureOf[atom]] += mask;
  });
  const forceCount = Math.max(1, forcesOf.filter((count) => count > 0).length);
  const perStructure = forceMask.map((mask, atom) => mask / Math.max(1, forcesOf[structureOf[atom]]));
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
