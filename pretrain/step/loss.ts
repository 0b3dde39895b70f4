import { voigtPlaces } from '../../src/linalg/voigt.js';
import {
  blocksToReceivers,
  createGraphNodes,
  edgeForces,
  type GraphNodes,
  inBlocks,
} from '../../src/models/graph-nodes.js';
import { buildNetwork, kindOf, type ModelConfig } from '../../src/models/kinds.js';
import { safeNorm } from '../../src/models/layers/layers.js';
import type { WeightSource } from '../../src/models/parameters.js';
import { componentsOfStressParts, stressPartCount } from '../../src/models/stress-parts.js';
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
import { type LossTerm, lossTerms, type PerTerm, perTerm, termLabels } from '../dataset/labels/terms.js';

/** Whether force errors are averaged over each structure first, then over structures, or over all atoms alike. */
export type ForceReduction = 'structure' | 'atom';

/** What a prediction error costs. */
export interface LossOptions {
  /** Factor on the loss of each term; a term of weight 0 is left out of the graph. */
  readonly weights: PerTerm<number>;
  readonly energyReduction: EnergyReduction;
  readonly forceReduction: ForceReduction;
  /**
   * Of the normaliser of each head: a conservative model needs their ratio to turn its gradient into normalised forces.
   */
  readonly scales: readonly Pick<Normalizer, 'energyScale' | 'forceScale' | 'stressScale'>[];
}

/** Graph nodes of normalised predictions. */
export interface Predictions {
  /** [atoms]. */
  readonly atomEnergies: TensorNode;
  /** [atoms x 3]. */
  readonly forces: TensorNode;
  /** [structures x 6]; absent when no stress is asked for. */
  readonly stress?: TensorNode;
}

/**
 * Builds a network with its predictions for whole batches, those of one head for each atom: a fed mask, [atoms x
 * heads], has a single 1 in each row.  The other heads are multiplied by 0, so they have gradient 0.
 */
export function predictionGraph(config: ModelConfig, source: WeightSource, options: LossOptions): Predictions {
  const { scales, weights } = options;
  const nodes = createGraphNodes(kindOf(config).blockSize);
  const { energies, forces: direct, stress: stressParts } = buildNetwork(config, source, nodes);
  const headCount = config.heads.length;
  const mask = headCount === 1 ? undefined : input('headMask', ['atoms', headCount]);
  const ofHead = (values: TensorNode, shape: Shape) => {
    const axis = shape.length;
    if (mask === undefined) return reshape(slice(values, axis, 0, 1), shape);
    return reduceSum(multiply(values, axis === 1 ? mask : reshape(mask, ['atoms', 1, headCount])), [axis]);
  };
  const atomEnergies = ofHead(energies, ['atoms']);
  if (direct !== undefined) {
    const forces = ofHead(direct, ['atoms', 3]);
    if (weights.stress === 0 || stressParts === undefined) return { atomEnergies, forces };
    return { atomEnergies, forces, stress: stressFromParts(ofHead(stressParts, ['atoms', stressPartCount])) };
  }
  const [gradient] = gradients(reduceSum(atomEnergies), [nodes.edgeVectors]);
  const ratios = scales.map(({ energyScale, forceScale }) => energyScale / forceScale);
  const ratio = mask === undefined ? ratios[0] : matMul(mask, constant(ratios, [headCount, 1]));
  const forces = multiply(edgeForces(gradient, nodes), ratio);
  if (weights.stress === 0) return { atomEnergies, forces };
  return { atomEnergies, forces, stress: stressFromEdges(gradient, nodes) };
}

/**
 * Stress from the derivative g of the energy by edge vectors r, [edges x 3] -> [structures x 6]: the sum of r g^T over
 * the edges of a structure, symmetrised, times a fed factor that holds the volume and the units.
 */
function stressFromEdges(gradient: TensorNode, nodes: GraphNodes): TensorNode {
  const products = matMul(inBlocks(nodes.edgeVectors, nodes), inBlocks(gradient, nodes), { transposeA: true });
  const ofAtoms = reshape(blocksToReceivers(products, nodes), ['atoms', 9]);
  const ofStructures = scatterRows(ofAtoms, input('structureOf', ['atoms'], 'index'), 'structures');
  const strainDerivatives = matMul(ofStructures, constant(symmetrize, [9, 6]));
  return multiply(strainDerivatives, input('stressFactors', ['structures', 1]));
}

/**
 * Stress from what each atom says of its parts, [atoms x 6] -> [structures x 6]: their mean, a fed factor being one
 * over the atoms.
 */
function stressFromParts(parts: TensorNode): TensorNode {
  const sums = scatterRows(parts, input('structureOf', ['atoms'], 'index'), 'structures');
  const means = multiply(sums, input('stressFactors', ['structures', 1]));
  return matMul(means, constant(componentsOfStressParts, [stressPartCount, 6]));
}

/** From the nine elements of a tensor to the six components of its symmetric part, [9 x 6]. */
const symmetrize = voigtPlaces.reduce<number[]>((matrix, elements, component) => {
  for (const element of elements) matrix[6 * element + component] = 1 / elements.length;
  return matrix;
}, new Array<number>(54).fill(0));

/**
 * What turns sums over the atoms of each structure into a normalised stress, [G]: the derivative of the normalised
 * energy by strain, or what each atom says of a stress that has a head of its own.
 */
export function stressFactors(
  { volumes, heads, atomCounts }: Batch,
  scales: LossOptions['scales'],
  forces: ModelConfig['forces'],
): Float32Array {
  return volumes.map((volume, structure) => {
    if (volume === 0) return 0;
    const { energyScale, stressScale } = scales[heads[structure]];
    return forces === 'direct' ? 1 / atomCounts[structure] : energyScale / (stressScale * volume);
  });
}

/** Graph nodes of the loss and its terms, all scalars; a term without weight is absent. */
export interface LossGraph {
  readonly loss: TensorNode;
  readonly terms: Readonly<Partial<Record<LossTerm, TensorNode>>>;
}

/**
 * Universal loss: the sum over terms of their weight times sum_i w_i ||d_i||, where d_i is the error of row i and w_i
 * is fed. Which labels exist and how errors are averaged is in the weights of the rows alone (`rowWeights`), so a
 * masked label has gradient zero.
 *
 * @see LaMM, arXiv 2505.22208, eq. 5.
 */
export function lossGraph({ atomEnergies, forces, stress }: Predictions, { weights }: LossOptions): LossGraph {
  const energies = scatterRows(atomEnergies, input('structureOf', ['atoms'], 'index'), 'structures');
  const predicted = { energy: energies, forces, stress, atomEnergies };
  const terms: Partial<Record<LossTerm, TensorNode>> = {};
  let loss: TensorNode | undefined;
  for (const term of termsOf(weights)) {
    const prediction = predicted[term];
    if (prediction === undefined) continue;
    const sum = reduceSum(multiply(errorLengths(prediction, term), input(feedNames[term].weights, [rowDim(term)])));
    const weighted = multiply(sum, weights[term]);
    terms[term] = sum;
    loss = loss === undefined ? weighted : add(loss, weighted);
  }
  return { loss: loss ?? constant([0], []), terms };
}

/** The terms of a loss: energies and forces are always in it, the others where they have weight. */
export function termsOf(weights: PerTerm<number>): LossTerm[] {
  return lossTerms.filter((term) => term === 'energy' || term === 'forces' || weights[term] > 0);
}

/** Names of what is fed for each term. */
export const feedNames = perTerm((term) => ({ targets: `targets of ${term}`, weights: `weights of ${term}` }));

function rowDim(term: LossTerm): 'atoms' | 'structures' {
  return termLabels[term].rowsPer === 'atom' ? 'atoms' : 'structures';
}

/** Lengths of the errors of all rows, [rows]. */
function errorLengths(prediction: TensorNode, term: LossTerm): TensorNode {
  const { componentWeights } = termLabels[term];
  const width = componentWeights.length;
  const difference = subtract(prediction, input(feedNames[term].targets, prediction.shape));
  if (width === 1) return abs(difference);
  const isPlain = componentWeights.every((weight) => weight === 1);
  return safeNorm(isPlain ? difference : multiply(difference, constant(componentWeights.map(Math.sqrt), [width])), 1);
}

/** Number of labels of one term, over which errors are averaged. */
export interface LabelCount {
  /** Structures with such a label. */
  readonly structures: number;
  readonly rows: number;
}

export type LabelCounts = PerTerm<LabelCount>;

/** The labels of a batch. */
export function countLabels(batch: Batch): LabelCounts {
  return perTerm((term) => {
    const counts = rowsOfStructures(batch, term);
    return { structures: counts.filter((count) => count > 0).length, rows: sum(batch.labels[term].mask) };
  });
}

/**
 * Weight of the error of each row of each term, [rows]: masks over the number of labels, times the weights of the
 * samples. `counts` are those of everything that one update is made of, by default of the batch alone.
 */
export function rowWeights(
  batch: Batch,
  { energyReduction, forceReduction }: Pick<LossOptions, 'energyReduction' | 'forceReduction'>,
  counts: LabelCounts = countLabels(batch),
): PerTerm<Float32Array> {
  const { atomCounts, sampleWeights, labels } = batch;
  const { structureOf } = batch.graph;
  return perTerm((term) => {
    const { mask } = labels[term];
    if (termLabels[term].rowsPer === 'atom') {
      const allAlike = term === 'forces' && forceReduction === 'atom';
      const count = Math.max(1, allAlike ? counts[term].rows : counts[term].structures);
      const rowsOf = rowsOfStructures(batch, term);
      return mask.map((isLabel, atom) => {
        const share = allAlike ? 1 : 1 / Math.max(1, rowsOf[structureOf[atom]]);
        return (sampleWeights[structureOf[atom]] * isLabel * share) / count;
      });
    }
    const count = Math.max(1, counts[term].structures);
    const perAtom = term === 'energy' && energyReduction === 'per-atom';
    return mask.map((isLabel, index) => (sampleWeights[index] * isLabel) / count / (perAtom ? atomCounts[index] : 1));
  });
}

/** Number of labelled rows of each structure, [G]. */
function rowsOfStructures({ labels, graph: { structureCount, structureOf } }: Batch, term: LossTerm): Float32Array {
  const { mask } = labels[term];
  if (termLabels[term].rowsPer === 'structure') return mask;
  const counts = new Float32Array(structureCount);
  mask.forEach((isLabel, atom) => {
    counts[structureOf[atom]] += isLabel;
  });
  return counts;
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
