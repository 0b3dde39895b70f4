import { safeNorm } from '../../src/models/layers.js';
import { buildNetwork, type ModelConfig } from '../../src/models/network.js';
import { createNetworkInputs, forcesFromEdges } from '../../src/models/network-inputs.js';
import type { WeightSource } from '../../src/models/parameters.js';
import { gradients } from '../../src/tensor/derivatives.js';
import type { TensorNode } from '../../src/tensor/node.js';
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
} from '../../src/tensor/operations.js';
import type { Shape } from '../../src/tensor/shape.js';
import type { Batch } from '../batch/batch.js';
import type { EnergyReduction, Normalizer } from '../dataset/labels/normalizer.js';

/** Whether force errors are averaged over each structure first, then over structures, or over all atoms alike. */
export type ForceReduction = 'structure' | 'atom';

/** What a prediction error costs. */
export interface LossOptions {
  readonly energyWeight: number;
  readonly forceWeight: number;
  readonly energyReduction: EnergyReduction;
  readonly forceReduction: ForceReduction;
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

/** Number of labels, over which errors are averaged. */
export interface LabelCounts {
  /** Structures with an energy. */
  readonly energies: number;
  /** Structures and atoms with forces. */
  readonly structures: number;
  readonly atoms: number;
}

/** The labels of a batch. */
export function countLabels(batch: Batch): LabelCounts {
  return {
    energies: sum(batch.energyMask),
    structures: atomsWithForces(batch).filter((count) => count > 0).length,
    atoms: sum(batch.forceMask),
  };
}

/**
 * Weight of each structure's energy error, [G], and of each atom's force error, [N]: masks over the number of labels, times the weights
 * of the samples.  `counts` are those of everything that one update is made of, by default of the batch alone.
 */
export function lossWeights(
  batch: Batch,
  { energyReduction, forceReduction }: Pick<LossOptions, 'energyReduction' | 'forceReduction'>,
  counts: LabelCounts = countLabels(batch),
): { energyWeights: Float32Array; forceWeights: Float32Array } {
  const { energyMask, forceMask, atomCounts, structureOf, sampleWeights } = batch;
  const energyCount = Math.max(1, counts.energies);
  const forceCount = Math.max(1, forceReduction === 'atom' ? counts.atoms : counts.structures);
  const forcesOf = atomsWithForces(batch);
  const ownShare = forceMask.map((mask, atom) =>
    forceReduction === 'atom' ? mask : mask / Math.max(1, forcesOf[structureOf[atom]]),
  );
  return {
    energyWeights: energyMask.map(
      (mask, index) =>
        (sampleWeights[index] * mask) / energyCount / (energyReduction === 'per-atom' ? atomCounts[index] : 1),
    ),
    forceWeights: ownShare.map((share, atom) => (sampleWeights[structureOf[atom]] * share) / forceCount),
  };
}

/** Number of atoms of each structure that have a force, [G]. */
function atomsWithForces({ structureCount, forceMask, structureOf }: Batch): Float32Array {
  const counts = new Float32Array(structureCount);
  forceMask.forEach((mask, atom) => {
    counts[structureOf[atom]] += mask;
  });
  return counts;
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
