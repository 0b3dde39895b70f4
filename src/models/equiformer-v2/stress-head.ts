import type { TensorNode } from '../../tensor/node.js';
import {
  concat,
  constant,
  divide,
  filled,
  gatherRows,
  less,
  matMul,
  multiply,
  reduceSum,
  reshape,
  silu,
  slice,
  where,
} from '../../tensor/operations.js';
import { timesDim } from '../../tensor/shape.js';
import { blocksToReceivers, edgeDim, fromSenders, inBlocks } from '../graph-nodes.js';
import { layerNorm, linear } from '../layers/layers.js';
import type { WeightSource } from '../parameters.js';
import { degreesUpTo } from './components.js';
import type { EquiformerV2Config } from './config.js';
import { harmonicCoupling } from './coupling.js';
import type { Edges } from './equiformer-v2-edges.js';
import { edgeDirections } from './frames.js';
import { sphereNorm } from './sphere-layers.js';

/** Where the parameters of the head are. */
const name = 'stress_head';

/** Components of degree 2. */
const irrepSize = 5;

/**
 * What each atom says of the stress, [atoms x 6 x D], for D heads: the isotropic part, then the five of degree 2.  The
 * stress of a structure is their mean over its atoms (`stressFromParts`).
 *
 * It is the head of FAIR-Chem's models with its peculiarities: activations and biases act on single components of
 * degree 2, so it is not equivariant under rotations, and the stress is not the derivative of the energy.
 *
 * @see Barroso-Luque et al., arXiv 2410.12771 (OMat24), for the models that have it.
 */
export function stressHead(
  {
    config,
    weights,
    edges,
  }: { readonly config: EquiformerV2Config; readonly weights: WeightSource; readonly edges: Edges },
  x: TensorNode,
): TensorNode {
  const [, components, channels] = x.shape;
  const width = 2 * Number(channels); // channels are a number
  const harmonics = solidHarmonicsOf(edges.edgeVectors, config.maxDegree);
  const filters = sphereNorm(
    weights,
    `${name}.sphharm_norm`,
    reshape(harmonics, [edgeDim(edges), components, 1]),
    config.norm,
  );
  const ofSenders = matMul(reshape(filters, [edgeDim(edges), 1, components]), fromSenders(x, edges));
  const ofReceivers = matMul(
    inBlocks(reshape(filters, [edgeDim(edges), components]), edges),
    gatherRows(x, edges.blockReceivers),
  );
  const contracted = [ofSenders, ofReceivers].map((ends) => reshape(ends, [edgeDim(edges), channels]));
  const messages = layerNorm(weights, `${name}.xedge_layer_norm`, concat(contracted, 1));

  const { directions } = edgeDirections(edges.edgeVectors);
  const unit = slice(solidHarmonicsOf(directions, 2), 1, 4, 9);
  const factors = multiply(concat([filled(1, [edgeDim(edges), 1]), unit], 1), edges.presence);
  const sums = blocksToReceivers(
    matMul(inBlocks(factors, edges), inBlocks(messages, edges), { transposeA: true }),
    edges,
  );
  const means = divide(sums, neighborCounts(edges));
  const scalars = twoLayers(weights, `${name}.block.scalar_MLP`, reshape(slice(means, 1, 0, 1), ['atoms', width]));
  const rows = reshape(slice(means, 1, 1, 1 + irrepSize), [timesDim(irrepSize, 'atoms'), width]);
  const irreps = twoLayers(weights, `${name}.block.irrep2_MLP`, rows);
  const heads = scalars.shape[1];
  return concat([reshape(scalars, ['atoms', 1, heads]), reshape(irreps, ['atoms', irrepSize, heads])], 1);
}

function twoLayers(weights: WeightSource, block: string, x: TensorNode): TensorNode {
  return linear(weights, `${block}.2`, silu(linear(weights, `${block}.0`, x)));
}

/** Edges of each atom, at least 1, [atoms x 1 x 1]. */
function neighborCounts(edges: Edges): TensorNode {
  const counts = blocksToReceivers(reduceSum(inBlocks(edges.presence, edges), [1]), edges);
  return reshape(where(less(counts, 1), 1, counts), ['atoms', 1, 1]);
}

/** Solid harmonics r^l Y_lm with Y orthonormal on the sphere, [edges x 3] -> [edges x (L+1)^2]. */
function solidHarmonicsOf(vectors: TensorNode, maxDegree: number): TensorNode {
  const [edges] = vectors.shape;
  const parts = [filled(1, [edges, 1])];
  for (const degree of degreesUpTo(maxDegree).slice(1)) {
    const [rows, inner] = [2 * degree + 1, 2 * degree - 1];
    const products = multiply(reshape(parts[degree - 1], [edges, inner, 1]), reshape(vectors, [edges, 1, 3]));
    const map = constant(harmonicCoupling(degree), [rows, 3 * inner]);
    parts.push(matMul(reshape(products, [edges, 3 * inner]), map, { transposeB: true }));
  }
  return concat(
    parts.map((part, degree) => multiply(part, Math.sqrt((2 * degree + 1) / (4 * Math.PI)))),
    1,
  );
}
