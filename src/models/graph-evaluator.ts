import { openSession } from '../runtime/open-session.js';
import type { RuntimeOptions, TensorData } from '../runtime/session.js';
import { gradients } from '../tensor/derivatives.js';
import type { TensorNode } from '../tensor/node.js';
import { reduceSum, reshape, slice } from '../tensor/operations.js';
import type { EdgeBlocks } from './edge-blocks.js';
import type { Evaluator } from './evaluator.js';
import { graphFeeds } from './graph-feeds.js';
import { createGraphNodes } from './graph-nodes.js';
import { kindOf, layoutFor, type ModelConfig } from './kinds.js';
import type { Model } from './model.js';
import { constantWeights, type WeightSource } from './parameters.js';
import { stressPartCount } from './stress-parts.js';

/**
 * Compiles one head of a model as a tensor graph with its weights inside, and runs it in an engine, edges in blocks.
 */
export async function createGraphEvaluator(
  { config, parameters }: Pick<Model, 'config' | 'parameters'>,
  head: number,
  runtime: RuntimeOptions = {},
): Promise<Evaluator> {
  const weights = constantWeights(layoutFor(config), parameters);
  const session = await openSession(inferenceGraph(config, weights, head), runtime);
  return {
    notices: session.notices,
    async evaluate(graph) {
      const { feeds, blocks } = graphFeeds(config, graph, runtime.precision);
      const { energies, edgeGradient, forces, stressParts } = await session.run(feeds);
      return edgeGradient === undefined
        ? { energies: energies.data, forces: forces.data, stressParts: stressParts?.data }
        : { energies: energies.data, edgeGradient: ofEdges(edgeGradient, blocks) };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/**
 * Outputs of one head, normalised: `energies` [atoms], and either `forces` [atoms x 3], perhaps with `stressParts`
 * [atoms x 6] (direct), or `edgeGradient` [edges x 3], the derivative of the summed energy with respect to
 * `edgeVectors` (conservative), from which forces and stress follow.
 */
export function inferenceGraph(config: ModelConfig, weights: WeightSource, head: number): Record<string, TensorNode> {
  const nodes = createGraphNodes(kindOf(config).blockSize);
  const { energies: allEnergies, forces, stress } = kindOf(config).network(config, weights, nodes);
  const energies = reshape(slice(allEnergies, 1, head, head + 1), ['atoms']);
  const ofHead = (x: TensorNode, width: number) => reshape(slice(x, 2, head, head + 1), ['atoms', width]);
  if (forces !== undefined) {
    return { energies, forces: ofHead(forces, 3), ...(stress && { stressParts: ofHead(stress, stressPartCount) }) };
  }
  const [edgeGradient] = gradients(reduceSum(energies), [nodes.edgeVectors]);
  return { energies, edgeGradient };
}

/** The rows of a tensor over slots that edges are in, [slots x 3] -> [E x 3]. */
function ofEdges({ data }: TensorData, { slots }: EdgeBlocks): Float32Array | Float64Array {
  const rows = data instanceof Float64Array ? new Float64Array(3 * slots.length) : new Float32Array(3 * slots.length);
  slots.forEach((slot, edge) => {
    for (let axis = 0; axis < 3; axis++) rows[3 * edge + axis] = data[3 * slot + axis];
  });
  return rows;
}
