import { polynomialEnvelope } from '../envelope.js';
import { layerNorm, linear, matMulRows, safeNorm, silu } from '../layers.js';
import type { WeightSource } from '../parameters.js';
import { radialBasis } from '../radial-basis.js';
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
  scatterRows,
  sqrt,
} from '../../tensor/operations.js';
import type { PainnConfig } from './config.js';

/** Graph nodes of what a model reads: the named sizes are 'atoms' and 'edges'. */
export interface NetworkInputs {
  /** Row of the element embedding, [atoms]: atomic number - 1. */
  readonly species: TensorNode;
  readonly senders: TensorNode;
  readonly receivers: TensorNode;
  /** From receiver to sender in A, [edges x 3]. */
  readonly edgeVectors: TensorNode;
}

/** Graph nodes of what a model says, normalised; D is the number of heads. */
export interface NetworkOutputs {
  /** [atoms x D]. */
  readonly energies: TensorNode;
  /** Direct forces, [atoms x 3 x D]. */
  readonly forces?: TensorNode;
  /** Rotation-invariant features of each atom, [atoms x channels]. */
  readonly features: TensorNode;
}

/** Scalar features x, [atoms x h], and vector features v, [atoms x 3 x h]; v is absent while it is zero. */
interface Features {
  readonly x: TensorNode;
  readonly v?: TensorNode;
}

/** What all message layers share. */
interface Edges extends NetworkInputs {
  /** Radial features times envelope, [edges x K]. */
  readonly basis: TensorNode;
  /** [edges x 1]. */
  readonly envelope: TensorNode;
  /** Unit vectors, [edges x 3 x 1]. */
  readonly directions: TensorNode;
}

/**
 * PaiNN: equivariant message passing with scalar and vector features.
 *
 * The equations are those of FAIR-Chem's variant.  With `smooth`, the filter is envelope * (W basis + b), so that messages vanish
 * at the cutoff; without, it is W (envelope * basis) + b, as in imported weights.
 *
 * @see Schuett et al., ICML 2021, arXiv 2102.03150.
 */
export function painnNetwork(config: PainnConfig, weights: WeightSource, inputs: NetworkInputs): NetworkOutputs {
  const edges = prepareEdges(config, inputs);
  let features: Features = { x: gatherRows(weights('atom_emb.embeddings.weight'), inputs.species) };
  for (let layer = 0; layer < config.layers; layer++) {
    const block = { config, weights, layer };
    features = update(block, message(block, features, edges));
  }
  const energies = linear(weights, 'out_energy.2', silu(linear(weights, 'out_energy.0', features.x)));
  return {
    energies,
    features: features.x,
    ...(config.forces === 'direct' && { forces: directForces(config, weights, features) }),
  };
}

function prepareEdges({ basis, basisSize, cutoff, envelopeExponent }: PainnConfig, inputs: NetworkInputs): Edges {
  const { edgeVectors } = inputs;
  const distances = sqrt(reduceSum(multiply(edgeVectors, edgeVectors), [1], { keepAxes: true }));
  const envelope = polynomialEnvelope(multiply(distances, 1 / cutoff), envelopeExponent);
  return {
    ...inputs,
    envelope,
    basis: multiply(radialBasis(distances, { basis, size: basisSize, cutoff }), envelope),
    directions: reshape(divide(edgeVectors, distances), ['edges', 3, 1]),
  };
}

interface Block {
  readonly config: PainnConfig;
  readonly weights: WeightSource;
  readonly layer: number;
}

/**
 * Sums over neighbours j: x_i += a_j w_a, v_i += (v_j b_j w_b / sqrt(3) + u_ij c_j w_c) / sqrt(h).
 * Products that belong to one atom are made before they are gathered along edges.
 */
function message({ config, weights, layer }: Block, { x, v }: Features, edges: Edges): Required<Features> {
  const h = config.channels;
  const name = `message_layers.${layer}`;
  const { senders, receivers } = edges;
  const hidden = silu(linear(weights, `${name}.x_proj.0`, layerNorm(weights, `${name}.x_layernorm`, x)));
  const third = (index: number): [number, number] => [index * h, (index + 1) * h];
  const node = (index: number) => linear(weights, `${name}.x_proj.2`, hidden, third(index));
  const filter = (index: number) => edgeFilter(config, { weights, name: `${name}.rbf_proj`, rows: third(index) }, edges);

  const scalars = multiply(gatherRows(node(0), senders), filter(0));
  const vectorShape = ['edges', 1, h];
  const outgoing = multiply(gatherRows(multiply(node(2), 1 / Math.sqrt(h)), senders), filter(2));
  let vectors = multiply(edges.directions, reshape(outgoing, vectorShape));
  if (v !== undefined) {
    const carried = multiply(v, reshape(multiply(node(1), 1 / Math.sqrt(3 * h)), ['atoms', 1, h]));
    vectors = add(multiply(gatherRows(carried, senders), reshape(filter(1), vectorShape)), vectors);
  }
  const dv = scatterRows(vectors, receivers, 'atoms');
  return {
    x: multiply(add(x, scatterRows(scalars, receivers, 'atoms')), Math.SQRT1_2),
    v: v === undefined ? dv : add(v, dv),
  };
}

/** The filter of one third of the channels, [edges x h]. */
function edgeFilter(
  { smooth }: PainnConfig,
  { weights, name, rows }: { readonly weights: WeightSource; readonly name: string; readonly rows: [number, number] },
  { basis, envelope }: Edges,
): TensorNode {
  if (!smooth) return linear(weights, name, basis, rows);
  // envelope (W basis + b) = [W b] [envelope basis; envelope]: one product instead of a product and a pass over it.
  const bias = weights(`${name}.bias`, rows);
  const extended = concat([weights(`${name}.weight`, rows), reshape(bias, [...bias.shape, 1])], 1);
  return matMul(concat([basis, envelope], 1), extended, { transposeB: true });
}

/** Mixes scalar and vector features of each atom. */
function update({ config, weights, layer }: Block, { x, v }: Required<Features>): Features {
  const h = config.channels;
  const name = `update_layers.${layer}`;
  const v1 = matMulRows(v, weights(`${name}.vec_proj.weight`, [0, h]));
  const v2 = matMulRows(v, weights(`${name}.vec_proj.weight`, [h, 2 * h]));
  const products = multiply(reduceSum(multiply(v1, v2), [1]), 1 / Math.sqrt(h));
  const norms = sqrt(add(reduceSum(multiply(v2, v2), [1]), 1e-8));
  const hidden = silu(linear(weights, `${name}.xvec_proj.0`, concat([x, norms], 1)));
  const part = (index: number) => linear(weights, `${name}.xvec_proj.2`, hidden, [index * h, (index + 1) * h]);
  const dx = multiply(add(part(0), multiply(part(1), products)), Math.SQRT1_2);
  return {
    x: multiply(add(x, dx), config.scaleFactors[layer]),
    v: add(v, multiply(reshape(part(2), ['atoms', 1, h]), v1)),
  };
}

/** Two gated equivariant blocks, h -> h/2 -> one vector per head. */
function directForces({ channels, heads }: PainnConfig, weights: WeightSource, { x, v }: Features): TensorNode {
  let scalars = x;
  let vectors = v ?? reshape(x, ['atoms', 1, channels]); // a model has at least one layer, so vectors exist
  const widths = [channels / 2, heads.length];
  widths.forEach((width, index) => {
    const name = `out_forces.output_network.${index}`;
    const norms = safeNorm(matMulRows(vectors, weights(`${name}.vec1_proj.weight`)), 1);
    const hidden = silu(linear(weights, `${name}.update_net.0`, concat([scalars, norms], 1)));
    const gate = linear(weights, `${name}.update_net.2`, hidden, [width, 2 * width]);
    vectors = multiply(matMulRows(vectors, weights(`${name}.vec2_proj.weight`)), reshape(gate, ['atoms', 1, width]));
    scalars = silu(linear(weights, `${name}.update_net.2`, hidden, [0, width]));
  });
  return vectors;
}
