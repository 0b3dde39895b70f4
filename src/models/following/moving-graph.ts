import { gradients } from '../../tensor/derivatives.js';
import type { TensorNode } from '../../tensor/node.js';
import { add, concat, gatherRows, input, matMul, reduceSum, reshape, subtract } from '../../tensor/operations.js';
import { headOutputs, type WantedOutputs } from '../graph-evaluator.js';
import { blocksToReceivers, createGraphNodes, edgeDim, edgeForces, type GraphNodes, inBlocks } from '../graph-nodes.js';
import { kindOf, type ModelConfig } from '../kinds.js';
import type { WeightSource } from '../parameters.js';

/**
 * Outputs of one head for atoms that moved since their edges were listed: `results`, a row an atom, normalised, in the
 * columns of `resultColumns`, and where they are wanted `features` [atoms x K].
 *
 * Only `displacements` and, where cells change, `deformations` differ from step to step.
 */
export function movingGraph(
  config: ModelConfig,
  weights: WeightSource,
  { head, features: isFeatured }: WantedOutputs,
): Record<string, TensorNode> {
  const nodes = movingNodes(kindOf(config).blockSize);
  const { energies, forces, stressParts, features } = headOutputs(kindOf(config).network(config, weights, nodes), head);
  const columns = [reshape(energies, ['atoms', 1])];
  if (forces === undefined) columns.push(...derivedColumns(energies, nodes));
  else columns.push(forces, ...(stressParts ? [stressParts] : []));
  return { results: concat(columns, 1), ...(isFeatured && { features }) };
}

/** Where the columns of `results` begin: the energy, the forces, then the virial or the parts of a direct stress. */
export const resultColumns = { energy: 0, forces: 1, rest: 4 } as const;

/**
 * The inputs of a network, edge vectors being made of those in the list: d = d0 F + u_sender - u_receiver, with d0 as it
 * was when edges were listed, the deformation F of the cell since then, and what the atoms moved besides, u.
 */
function movingNodes(blockSize: number | undefined): GraphNodes {
  const nodes = createGraphNodes(blockSize);
  const listed = inBlocks(input('listedVectors', [edgeDim(nodes), 3]), nodes);
  const structures = input('blockStructures', ['blocks'], 'index');
  const deformations = reshape(gatherRows(input('deformations', ['structures', 9]), structures), ['blocks', 3, 3]);
  const displacements = input('displacements', ['atoms', 3]);
  const ofSenders = inBlocks(gatherRows(displacements, nodes.senders), nodes);
  const ofReceivers = reshape(gatherRows(displacements, nodes.blockReceivers), ['blocks', 1, 3]);
  const moved = add(matMul(listed, deformations), subtract(ofSenders, ofReceivers));
  return { ...nodes, edgeVectors: reshape(moved, [edgeDim(nodes), 3]) };
}

/** Forces, [atoms x 3], and the share of each atom in dE/d(strain), before it is made symmetric, [atoms x 9]. */
function derivedColumns(energies: TensorNode, nodes: GraphNodes): TensorNode[] {
  const [gradient] = gradients(reduceSum(energies), [nodes.edgeVectors]);
  const products = matMul(inBlocks(nodes.edgeVectors, nodes), inBlocks(gradient, nodes), { transposeA: true });
  return [edgeForces(gradient, nodes), reshape(blocksToReceivers(products, nodes), ['atoms', 9])];
}
