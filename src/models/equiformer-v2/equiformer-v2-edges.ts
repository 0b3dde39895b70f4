import type { TensorNode } from '../../tensor/node.js';
import { add, gatherRows, matMul, multiply, reshape, silu, slice } from '../../tensor/operations.js';
import { blocksToReceivers, edgeDim, fromSenders, type GraphNodes, inBlocks } from '../graph-nodes.js';
import { polynomialEnvelope } from '../layers/envelope.js';
import { layerNorm, linear } from '../layers/layers.js';
import type { WeightSource } from '../parameters.js';
import type { EquiformerV2Config } from './config.js';
import { edgeDirections, edgeFrames } from './frames.js';
import { gaussianBasis } from './gaussians.js';
import { type EdgeRotations, edgeRotations } from './rotations.js';
import { elementTable } from './sphere-layers.js';

/** What all layers share about edges. */
export interface Edges extends GraphNodes, EdgeRotations {
  /** Gaussians of the distances, [edges x K]. */
  readonly basis: TensorNode;
  /**
   * What messages are multiplied with, [edges x 1]: the envelope of a smooth model, else 1; 0 where an edge is absent.
   */
  readonly strength: TensorNode;
  /** Rotations onto the y axis, [edges x 3 x 3]. */
  readonly frames: TensorNode;
}

/** Few places of blocks of 2 stay empty, and none where a limit keeps 20 edges. */
export const edgeBlockSize = 2;

/** Prepares distances and rotations; `axes`, [edges x 3], sets how frames lie about their edges. */
export function prepareEdges(config: EquiformerV2Config, nodes: GraphNodes, axes?: TensorNode): Edges {
  const { cutoff, basisSize, smooth, maxDegree, maxOrder } = config;
  const { distances, directions } = edgeDirections(nodes.edgeVectors);
  const frames = edgeFrames(directions, axes);
  return {
    ...nodes,
    frames,
    ...edgeRotations(frames, maxDegree, maxOrder),
    basis: gaussianBasis(distances, { basisSize, cutoff }),
    strength: smooth ? polynomialEnvelope(multiply(distances, 1 / cutoff), envelopeExponent) : nodes.presence,
  };
}

/** Of the envelope of smooth models. */
const envelopeExponent = 5;

/** Features of senders and receivers in the frames of edges, [atoms x F x C] -> [edges x R x C] each. */
export function rotatedEnds(
  x: TensorNode,
  edges: Edges,
): { readonly senders: TensorNode; readonly receivers: TensorNode } {
  const [, components, channels] = x.shape;
  const [, rows] = edges.toEdge.shape;
  const turned = matMul(edges.toEdge, fromSenders(x, edges));
  // All edges of a block have one receiver: their rotations are one matrix.
  const stacked = reshape(edges.toEdge, ['blocks', edges.blockSize * Number(rows), components]);
  const own = matMul(stacked, gatherRows(x, edges.blockReceivers));
  return { senders: turned, receivers: reshape(own, [edgeDim(edges), rows, channels]) };
}

/**
 * Rotates values of edges back to space and sums them over the edges of each atom, [edges x r x C] -> [atoms x f x C],
 * with the transposes of `rotations`, [edges x r x f].
 */
export function sumToReceivers(values: TensorNode, rotations: TensorNode, edges: Edges): TensorNode {
  const stack = ({ shape: [, rows, width] }: TensorNode) => ['blocks', edges.blockSize * Number(rows), width];
  const sums = matMul(reshape(rotations, stack(rotations)), reshape(values, stack(values)), { transposeA: true });
  return blocksToReceivers(sums, edges);
}

/** A function of the length of an edge and of the elements at its ends. */
export interface RadialNetwork {
  /** Outputs `start` to `end`, [edges x end-start]. */
  outputs(start: number, end: number): TensorNode;
}

/**
 * Two hidden layers over Gaussians and the two elements.  The first layer's parts that depend on an element alone are
 * computed once an atom.  `tables` is where the user's own embeddings of elements are.
 */
export function radialNetwork(
  { config, weights }: { readonly config: EquiformerV2Config; readonly weights: WeightSource },
  { tables, network }: { readonly tables: string; readonly network: string },
  edges: Edges,
): RadialNetwork {
  const { basisSize, edgeChannels, elementCount } = config;
  const first = weights(`${network}.0.weight`);
  const ofElement = (table: string, start: number) => {
    const rows = gatherRows(elementTable(weights, `${tables}.${table}.weight`, elementCount), edges.species);
    return matMul(rows, slice(first, 1, start, start + edgeChannels), { transposeB: true });
  };
  const senders = fromSenders(ofElement('source_embedding', basisSize), edges);
  const receivers = gatherRows(ofElement('target_embedding', basisSize + edgeChannels), edges.blockReceivers);
  const distance = matMul(edges.basis, slice(first, 1, 0, basisSize), { transposeB: true });
  const own = inBlocks(add(add(distance, weights(`${network}.0.bias`)), senders), edges);
  const sum = reshape(add(own, reshape(receivers, ['blocks', 1, edgeChannels])), [edgeDim(edges), edgeChannels]);
  const hidden = silu(layerNorm(weights, `${network}.1`, sum));
  const second = silu(layerNorm(weights, `${network}.4`, linear(weights, `${network}.3`, hidden)));
  return { outputs: (start, end) => linear(weights, `${network}.6`, second, [start, end]) };
}
