import { LammError } from '../../errors.js';
import type { TensorNode } from '../../tensor/node.js';
import {
  add,
  concat,
  divide,
  gatherRows,
  matMul,
  multiply,
  reduceSum,
  reshape,
  sqrt,
} from '../../tensor/operations.js';
import { blocksToReceivers, fromSenders, type GraphNodes, inBlocks } from '../graph-nodes.js';
import type { NetworkOutputs } from '../kind.js';
import { polynomialEnvelope } from '../layers/envelope.js';
import { layerNorm, linear, matMulRows, safeNorm, scaledSilu } from '../layers/layers.js';
import { radialBasis } from '../layers/radial-basis.js';
import type { WeightSource } from '../parameters.js';
import type { PainnConfig } from './config.js';
import { type Features, smoothing, vectorNorms } from './features.js';
import { stressHead } from './stress-head.js';

/** What all message layers share. */
interface Edges extends GraphNodes {
  /** Radial features times envelope, [edges x K]. */
  readonly basis: TensorNode;
  /**
   * What multiplies the bias of a filter, [edges x 1]: the envelope of a smooth model, else 1; 0 where an edge is
   * absent.
   */
  readonly constantTerm: TensorNode;
  /** Unit vectors, [blocks x 8 x 3]. */
  readonly directions: TensorNode;
}

/**
 * PaiNN: equivariant message passing with scalar and vector features.
 *
 * The equations are those of FAIR-Chem's variant.  With `smooth`, the filter is envelope * (W basis + b), so that
 * messages vanish at the cutoff; without, it is W (envelope * basis) + b, as in imported weights.
 *
 * @see Schuett et al., ICML 2021, arXiv 2102.03150.
 */
export function painnNetwork(config: PainnConfig, weights: WeightSource, nodes: GraphNodes): NetworkOutputs {
  const edges = prepareEdges(config, nodes);
  let features: Features = { x: gatherRows(weights('atom_emb.embeddings.weight'), nodes.species) };
  for (let layer = 0; layer < config.layers; layer++) {
    const block = { config, weights, layer };
    features = update(block, message(block, features, edges));
  }
  const lastFeatures = scaledSilu(linear(weights, 'out_energy.0', features.x));
  return {
    energies: linear(weights, 'out_energy.2', lastFeatures),
    features: features.x,
    lastFeatures,
    ...(config.forces === 'direct' && { forces: directForces(config, weights, features) }),
    ...(config.stressHead && { stress: stressHead(config, weights, features) }),
  };
}

function prepareEdges(config: PainnConfig, nodes: GraphNodes): Edges {
  const { basis, basisSize, cutoff, envelopeExponent, smooth } = config;
  const { edgeVectors } = nodes;
  const distances = sqrt(reduceSum(multiply(edgeVectors, edgeVectors), [1], { keepAxes: true }));
  const envelope = polynomialEnvelope(multiply(distances, 1 / cutoff), envelopeExponent);
  return {
    ...nodes,
    constantTerm: smooth ? envelope : nodes.presence,
    basis: multiply(radialBasis(distances, { basis, size: basisSize, cutoff }), envelope),
    directions: inBlocks(divide(edgeVectors, distances), nodes),
  };
}

interface Block {
  readonly config: PainnConfig;
  readonly weights: WeightSource;
  readonly layer: number;
}

/**
 * Sums over neighbours j: x_i += a_j w_a, v_i += (v_j b_j w_b / sqrt(3) + u_ij c_j w_c) / sqrt(h).
 * Products that belong to one atom are made before they are gathered along edges, sums are begun inside blocks.
 */
function message({ config, weights, layer }: Block, { x, v }: Features, edges: Edges): Required<Features> {
  const h = config.channels;
  const name = `message_layers.${layer}`;
  const hidden = scaledSilu(linear(weights, `${name}.x_proj.0`, layerNorm(weights, `${name}.x_layernorm`, x)));
  const third = (index: number): [number, number] => [index * h, (index + 1) * h];
  const node = (index: number) => linear(weights, `${name}.x_proj.2`, hidden, third(index));
  const along = (values: TensorNode) => inBlocks(fromSenders(values, edges), edges);
  const filter = (index: number) =>
    inBlocks(edgeFilter({ weights, name: `${name}.rbf_proj`, rows: third(index) }, edges), edges);

  const scalars = multiply(along(node(0)), filter(0));
  const outgoing = multiply(along(multiply(node(2), 1 / Math.sqrt(h))), filter(2));
  let vectors = matMul(edges.directions, outgoing, { transposeA: true });
  if (v !== undefined) {
    const carried = multiply(v, reshape(multiply(node(1), 1 / Math.sqrt(3 * h)), ['atoms', 1, h]));
    const filtered = multiply(along(carried), reshape(filter(1), ['blocks', edges.blockSize, 1, h]));
    vectors = add(vectors, reduceSum(filtered, [1]));
  }
  const dx = blocksToReceivers(reduceSum(scalars, [1]), edges);
  const dv = blocksToReceivers(vectors, edges);
  return { x: multiply(add(x, dx), Math.SQRT1_2), v: v === undefined ? dv : add(v, dv) };
}

/**
 * The filter of one third of the channels, [edges x h]: W (envelope basis) + b, the bias times the constant term.
 * One matrix product [W b] [envelope basis; constant term], instead of a product and passes over it.
 */
function edgeFilter(
  { weights, name, rows }: { readonly weights: WeightSource; readonly name: string; readonly rows: [number, number] },
  { basis, constantTerm }: Edges,
): TensorNode {
  const bias = weights(`${name}.bias`, rows);
  const extended = concat([weights(`${name}.weight`, rows), reshape(bias, [...bias.shape, 1])], 1);
  return matMul(concat([basis, constantTerm], 1), extended, { transposeB: true });
}

/** Mixes scalar and vector features of each atom. */
function update({ config, weights, layer }: Block, { x, v }: Required<Features>): Features {
  const h = config.channels;
  const name = `update_layers.${layer}`;
  const v1 = matMulRows(v, weights(`${name}.vec_proj.weight`, [0, h]));
  const v2 = matMulRows(v, weights(`${name}.vec_proj.weight`, [h, 2 * h]));
  const products = multiply(reduceSum(multiply(v1, v2), [1]), 1 / Math.sqrt(h));
  const norms = vectorNorms(v2, config.smooth ? smoothing : 1e-8);
  const hidden = scaledSilu(linear(weights, `${name}.xvec_proj.0`, concat([x, norms], 1)));
  const part = (index: number) => linear(weights, `${name}.xvec_proj.2`, hidden, [index * h, (index + 1) * h]);
  const dx = multiply(add(part(0), multiply(part(1), products)), Math.SQRT1_2);
  return {
    x: multiply(add(x, dx), config.scaleFactors[layer]),
    v: add(v, multiply(reshape(part(2), ['atoms', 1, h]), v1)),
  };
}

/** Two gated equivariant blocks, h -> h/2 -> one vector per head. */
function directForces({ channels, heads, smooth }: PainnConfig, weights: WeightSource, { x, v }: Features): TensorNode {
  let scalars = x;
  if (v === undefined) throw new LammError('graph', 'direct forces need vector features, hence at least one layer');
  let vectors = v;
  const widths = [channels / 2, heads.length];
  widths.forEach((width, index) => {
    const name = `out_forces.output_network.${index}`;
    const projected = matMulRows(vectors, weights(`${name}.vec1_proj.weight`));
    const norms = smooth ? vectorNorms(projected, smoothing) : safeNorm(projected, 1);
    const hidden = scaledSilu(linear(weights, `${name}.update_net.0`, concat([scalars, norms], 1)));
    const gate = linear(weights, `${name}.update_net.2`, hidden, [width, 2 * width]);
    vectors = multiply(matMulRows(vectors, weights(`${name}.vec2_proj.weight`)), reshape(gate, ['atoms', 1, width]));
    scalars = scaledSilu(linear(weights, `${name}.update_net.2`, hidden, [0, width]));
  });
  return vectors;
}
