import { openSession } from '../runtime/open-session.js';
import type { RuntimeOptions, TensorData } from '../runtime/session.js';
import { gradients } from '../tensor/derivatives.js';
import type { TensorNode } from '../tensor/node.js';
import { reduceSum, reshape, slice } from '../tensor/operations.js';
import type { EdgeBlocks } from './edge-blocks.js';
import type { Evaluator } from './evaluator.js';
import { graphFeeds } from './graph-feeds.js';
import { createGraphNodes } from './graph-nodes.js';
import type { NetworkOutputs } from './kind.js';
import { kindOf, layoutFor, type ModelConfig } from './kinds.js';
import type { Model } from './model.js';
import { constantWeights, type WeightSource } from './parameters.js';
import { stressPartCount } from './stress-parts.js';

/** What of a model is wanted. */
export interface WantedOutputs {
  readonly head: number;
  /** Whether the last features of the atoms are, too. */
  readonly features?: boolean;
}

/**
 * Compiles one head of a model as a tensor graph with its weights inside, and runs it in an engine, edges in blocks.
 */
export async function createGraphEvaluator(
  { config, parameters }: Pick<Model, 'config' | 'parameters'>,
  wanted: WantedOutputs,
  runtime: RuntimeOptions = {},
): Promise<Evaluator> {
  const weights = constantWeights(layoutFor(config), parameters);
  const session = await openSession(inferenceGraph(config, weights, wanted), runtime);
  return {
    notices: session.notices,
    async evaluate(graph) {
      const { feeds, blocks } = graphFeeds(config, graph, runtime.precision);
      const { energies, edgeGradient, forces, stressParts, features } = await session.run(feeds);
      const ofAtoms = { energies: energies.data, features: features?.data };
      return edgeGradient === undefined
        ? { ...ofAtoms, forces: forces.data, stressParts: stressParts?.data }
        : { ...ofAtoms, edgeGradient: ofEdges(edgeGradient, blocks) };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/**
 * Outputs of one head, normalised: `energies` [atoms], and either `forces` [atoms x 3], perhaps with `stressParts`
 * [atoms x 6] (direct), or `edgeGradient` [edges x 3], the derivative of the summed energy with respect to
 * `edgeVectors` (conservative), from which forces and stress follow; where they are wanted `features` [atoms x K], in
 * which the energies are linear.
 */
export function inferenceGraph(
  config: ModelConfig,
  weights: WeightSource,
  { head, features: isFeatured }: WantedOutputs,
): Record<string, TensorNode> {
  const nodes = createGraphNodes(kindOf(config).blockSize);
  const { energies, forces, stressParts, features } = headOutputs(kindOf(config).network(config, weights, nodes), head);
  const featured: Record<string, TensorNode> = isFeatured ? { features } : {};
  if (forces !== undefined) return { energies, forces, ...(stressParts && { stressParts }), ...featured };
  const [edgeGradient] = gradients(reduceSum(energies), [nodes.edgeVectors]);
  return { energies, edgeGradient, ...featured };
}

/** What one head of a network says, normalised. */
export interface HeadOutputs {
  /** [atoms]. */
  readonly energies: TensorNode;
  /** [atoms x 3], where they are no derivatives. */
  readonly forces?: TensorNode;
  /** [atoms x 6], where the head says a stress of its own. */
  readonly stressParts?: TensorNode;
  /** In which the energies are linear, [atoms x K]. */
  readonly features: TensorNode;
}

/** The outputs of a head among those of all. */
export function headOutputs(outputs: NetworkOutputs, head: number): HeadOutputs {
  const { energies, forces, stress, features, lastFeatures = features } = outputs;
  const ofHead = (x: TensorNode, width: number) => reshape(slice(x, 2, head, head + 1), ['atoms', width]);
  return {
    energies: reshape(slice(energies, 1, head, head + 1), ['atoms']),
    forces: forces && ofHead(forces, 3),
    stressParts: stress && ofHead(stress, stressPartCount),
    features: lastFeatures,
  };
}

/** The rows of a tensor over slots that edges are in, [slots x 3] -> [E x 3]. */
function ofEdges({ data }: TensorData, { slots }: EdgeBlocks): Float32Array | Float64Array {
  const rows = data instanceof Float64Array ? new Float64Array(3 * slots.length) : new Float32Array(3 * slots.length);
  slots.forEach((slot, edge) => {
    for (let axis = 0; axis < 3; axis++) rows[3 * edge + axis] = data[3 * slot + axis];
  });
  return rows;
}
