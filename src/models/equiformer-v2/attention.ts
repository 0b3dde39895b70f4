import type { TensorNode } from '../../tensor/node.js';
import {
  add,
  concat,
  constant,
  divide,
  gatherRows,
  matMul,
  multiply,
  reduceSum,
  reshape,
  segmentSoftmax,
  sigmoid,
  subtract,
} from '../../tensor/operations.js';
import { timesDim } from '../../tensor/shape.js';
import { blocksToReceivers, edgeDim, inBlocks } from '../graph-nodes.js';
import { layerNorm } from '../layers/layers.js';
import type { WeightSource } from '../parameters.js';
import type { EquiformerV2Config } from './config.js';
import { type Edges, radialNetwork, rotatedEnds, sumToReceivers } from './equiformer-v2-edges.js';
import {
  cutOrders,
  groupOrders,
  joinOrders,
  type Orders,
  scaleOrders,
  so2Convolution,
  splitOrders,
} from './so2-convolution.js';
import { separableActivation } from './sphere-activation.js';
import type { SphereGrid } from './sphere-grid.js';

/** What attention layers are built from. */
export interface AttentionContext {
  readonly config: EquiformerV2Config;
  readonly weights: WeightSource;
  readonly edges: Edges;
  /** Of features in the frames of edges. */
  readonly grid: SphereGrid;
}

/** What attention gives before its last layer. */
export interface AttentionOutputs {
  /** Lowest and highest degree. */
  readonly degrees: readonly [lowest: number, highest: number];
  /** From space into the frame of an edge, for these degrees, [edges x r x f]. */
  readonly rotations: TensorNode;
}

/**
 * Sums messages of neighbours, weighted by attention: [atoms x F x C] -> [atoms x f x heads values].
 *
 * @see Liao et al., arXiv 2306.12059 (EquiformerV2), figure 1 (b).
 */
export function attention(
  context: AttentionContext,
  { name, x }: { readonly name: string; readonly x: TensorNode },
  { degrees, rotations }: AttentionOutputs,
): TensorNode {
  const { config, weights, edges, grid } = context;
  const { attentionHeads, alphaChannels, attentionHidden, valueChannels, maxDegree } = config;
  const convolution = (part: string) => ({ weights, name: `${name}.${part}`, maxDegree });
  const first = so2Convolution(convolution('so2_conv_1'), messages(context, name, x), {
    channels: attentionHidden,
    scalars: [attentionHeads * alphaChannels, attentionHidden],
  });
  const [logits, gates] = first.scalars;
  const hidden = separableActivation(cutOrders(first.orders, attentionHidden), gates, grid);
  const second = so2Convolution(convolution('so2_conv_2'), groupOrders(hidden, config), {
    channels: attentionHeads * valueChannels,
    degrees,
  });
  const values = joinOrders(second.orders, attentionHeads * valueChannels);
  const weighted = multiplyHeads(values, attentionWeights(context, name, logits));
  return sumToReceivers(weighted, rotations, edges);
}

/** Features of both ends of each edge in its frame, scaled by functions of the distance and the elements. */
function messages({ config, weights, edges }: AttentionContext, name: string, x: TensorNode): Orders {
  const { senders, receivers } = rotatedEnds(x, edges);
  const radial = radialNetwork(
    { config, weights },
    { tables: name, network: `${name}.so2_conv_1.rad_func.net` },
    edges,
  );
  return scaleOrders(splitOrders(concat([senders, receivers], 2), config), radial);
}

/**
 * Weight of each edge in the sum of its receiver, [edges x heads]: a softmax over the edges of an atom, times the
 * strength of the edge.
 */
function attentionWeights({ config, weights, edges }: AttentionContext, name: string, logits: TensorNode): TensorNode {
  const { attentionHeads, alphaChannels } = config;
  const rows = reshape(logits, [timesDim(attentionHeads, edgeDim(edges)), alphaChannels]);
  const activated = smoothLeakyRelu(layerNorm(weights, `${name}.alpha_norm`, rows));
  const split = reshape(activated, [edgeDim(edges), attentionHeads, alphaChannels]);
  const scores = reduceSum(multiply(split, weights(`${name}.alpha_dot`)), [2]);
  const present = add(scores, multiply(subtract(edges.presence, 1), absentScore));
  const softmax = reshape(segmentSoftmax(inBlocks(present, edges), edges.blockReceivers, 'atoms'), [
    edgeDim(edges),
    attentionHeads,
  ]);
  return config.smooth ? fading(softmax, edges) : softmax;
}

/** Leaves an absent edge no weight. */
const absentScore = 1e30;

/**
 * Weights w that vanish with the strength s of their edge, without a jump in those of other edges: s (w s) / sum (w s).
 */
function fading(softmax: TensorNode, edges: Edges): TensorNode {
  const weakened = multiply(softmax, edges.strength);
  const sums = add(blocksToReceivers(reduceSum(inBlocks(weakened, edges), [1]), edges), smallestSum);
  const [, heads] = softmax.shape;
  const ofBlocks = reshape(gatherRows(sums, edges.blockReceivers), ['blocks', 1, heads]);
  const shares = reshape(divide(inBlocks(weakened, edges), ofBlocks), softmax.shape);
  return multiply(shares, edges.strength);
}

/** Keeps the last neighbour's share finite as it leaves. */
const smallestSum = 1e-6;

/** 0.6 x + 0.4 x (2 sigmoid(x) - 1): a leaky rectifier of slope 0.2 without its kink. */
function smoothLeakyRelu(x: TensorNode): TensorNode {
  return multiply(x, add(multiply(sigmoid(x), 0.8), 0.2));
}

/** Multiplies the channels of each head, [edges x r x heads values], with its weight, [edges x heads]. */
function multiplyHeads(values: TensorNode, weights: TensorNode): TensorNode {
  const [edges, , channels] = values.shape;
  const [heads, width] = [Number(weights.shape[1]), Number(channels)]; // both are numbers
  const ones = Float64Array.from({ length: heads * width }, (_, index) =>
    Math.floor(index / width) === Math.floor(((index % width) * heads) / width) ? 1 : 0,
  );
  // A row of channels at a time is multiplied faster than the few of a head.
  const ofChannels = matMul(weights, constant(ones, [heads, width]));
  return multiply(values, reshape(ofChannels, [edges, 1, channels]));
}
