import type { TensorNode } from '../tensor/node.js';
import { gatherRows, input, reduceSum, reshape, scatterRows, subtract } from '../tensor/operations.js';
import { type Dim, timesDim } from '../tensor/shape.js';
import { defaultBlockSize } from './edge-blocks.js';

/** Length of the edge axis of a network: whole blocks, absent edges included. */
export function edgeDim({ blockSize }: Pick<GraphNodes, 'blockSize'>): Dim {
  return timesDim(blockSize, 'blocks');
}

/** An atomic graph as nodes of a tensor graph: the named sizes are 'atoms' and 'blocks' (of edges of one receiver). */
export interface GraphNodes {
  /** Edges of a block. */
  readonly blockSize: number;
  /** Row of the element embedding, [atoms]: atomic number - 1. */
  readonly species: TensorNode;
  /** [blocks]. */
  readonly blockReceivers: TensorNode;
  /** [edges]. */
  readonly senders: TensorNode;
  /** From receiver to sender in A, [edges x 3]. */
  readonly edgeVectors: TensorNode;
  /** 1 for an edge, 0 where a block is filled up, [edges x 1]. */
  readonly presence: TensorNode;
}

/** The graph inputs that every network reads; `graphFeeds` makes what is fed. */
export function createGraphNodes(blockSize = defaultBlockSize): GraphNodes {
  const edges = timesDim(blockSize, 'blocks');
  return {
    blockSize,
    species: input('species', ['atoms'], 'index'),
    blockReceivers: input('blockReceivers', ['blocks'], 'index'),
    senders: input('senders', [edges], 'index'),
    edgeVectors: input('edgeVectors', [edges, 3]),
    presence: input('presence', [edges, 1]),
  };
}

/** Values of the senders along edges: [atoms x ...] -> [edges x ...]. */
export function fromSenders(x: TensorNode, { senders }: GraphNodes): TensorNode {
  return gatherRows(x, senders);
}

/** An edge axis opened into blocks: [edges x ...] -> [blocks x b x ...]. */
export function inBlocks(x: TensorNode, { blockSize }: Pick<GraphNodes, 'blockSize'>): TensorNode {
  return reshape(x, ['blocks', blockSize, ...x.shape.slice(1)]);
}

/** Sums of blocks added up per receiver: [blocks x ...] -> [atoms x ...]. */
export function blocksToReceivers(x: TensorNode, { blockReceivers }: GraphNodes): TensorNode {
  return scatterRows(x, blockReceivers, 'atoms');
}

/**
 * Forces from the derivative of the energy by edge vectors, [edges x 3] -> [atoms x 3].  An edge vector runs from
 * receiver to sender, so F = -dE/dx is + the derivative at the receiver and - at the sender.
 */
export function edgeForces(gradient: TensorNode, nodes: GraphNodes): TensorNode {
  const toReceivers = blocksToReceivers(reduceSum(inBlocks(gradient, nodes), [1]), nodes);
  return subtract(toReceivers, scatterRows(gradient, nodes.senders, 'atoms'));
}
