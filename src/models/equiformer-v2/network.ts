import type { TensorNode } from '../../tensor/node.js';
import { add, concat, filled, gatherRows, matMul, multiply, reshape, slice } from '../../tensor/operations.js';
import type { GraphNodes } from '../graph-nodes.js';
import type { NetworkOutputs } from '../kind.js';
import type { WeightSource } from '../parameters.js';
import { type AttentionContext, attention } from './attention.js';
import { atomComponents, edgeComponents } from './components.js';
import type { EquiformerV2Config } from './config.js';
import { type Edges, prepareEdges, radialNetwork, sumToReceivers } from './equiformer-v2-edges.js';
import { feedForward, feedForwardScalars } from './feed-forward.js';
import { octahedralPoints } from './octahedral-grid.js';
import { defaultGridSize, gridPoints, type SphereGrid, sphereGrid } from './sphere-grid.js';
import { degreeWeight, elementTable, scalarsOf, sphereLinear, sphereNorm, withScalars } from './sphere-layers.js';
import { stressHead } from './stress-head.js';

/** What is the same for every structure, unless a test says otherwise. */
export interface EquiformerV2Constants {
  /** Grids of features in the frames of edges and of those of atoms. */
  readonly edgeGrid: SphereGrid;
  readonly atomGrid: SphereGrid;
  /** How frames lie about their edges: their x axis is the part of this across the edge, [edges x 3]. */
  readonly frameAxes?: TensorNode;
}

/** The grids of a configuration. */
export function equiformerV2Constants({
  maxDegree,
  maxOrder,
  gridResolution,
  gridDegree,
}: EquiformerV2Config): EquiformerV2Constants {
  const points = (order: number) => {
    if (gridResolution !== null) return gridPoints({ latitudes: gridResolution, longitudes: gridResolution });
    return gridDegree ? octahedralPoints(gridDegree) : gridPoints(defaultGridSize(maxDegree, order));
  };
  return {
    edgeGrid: sphereGrid(edgeComponents(maxDegree, maxOrder), points(maxOrder)),
    atomGrid: sphereGrid(atomComponents(maxDegree), points(maxDegree)),
  };
}

/**
 * EquiformerV2: features on the sphere around each atom, and attention whose messages are convolved in the frame of
 * each edge.
 *
 * The equations are those of FAIR-Chem.  With `smooth`, messages vanish at the cutoff.
 *
 * @see Liao et al., ICLR 2024, arXiv 2306.12059.
 */
export function equiformerV2Network(
  config: EquiformerV2Config,
  weights: WeightSource,
  nodes: GraphNodes,
  constants: EquiformerV2Constants = equiformerV2Constants(config),
): NetworkOutputs & { readonly layers: readonly TensorNode[] } {
  const edges = prepareEdges(config, nodes, constants.frameAxes);
  const context = { config, weights, edges, grid: constants.edgeGrid };
  let x = add(elementFeatures(config, weights, nodes), edgeDegreeEmbedding(config, weights, edges));
  const layers = [x];
  for (let layer = 0; layer < config.layers; layer++) {
    x = block(context, { name: `blocks.${layer}`, x }, constants.atomGrid);
    layers.push(x);
  }
  const features = sphereNorm(weights, 'norm', x, config.norm);
  const { outputs, hidden } = feedForwardScalars({ config, weights, name: 'energy_block' }, features);
  return {
    energies: multiply(outputs, 1 / config.averageAtoms),
    features: scalarsOf(features),
    lastFeatures: hidden,
    ...(config.forces === 'direct' && { forces: directForces(context, features) }),
    ...(config.stressHead && { stress: stressHead(context, features) }),
    layers: [...layers, features],
  };
}

/** Scalars of the element of each atom, [atoms x F x C]. */
function elementFeatures(config: EquiformerV2Config, weights: WeightSource, { species }: GraphNodes): TensorNode {
  const rows = elementTable(weights, 'sphere_embedding.weight', config.elementCount);
  const higher = (config.maxDegree + 1) ** 2 - 1;
  return withScalars(gatherRows(rows, species), filled(0, ['atoms', higher, config.channels]));
}

/** Sum over the edges of an atom of features about them that depend on length and elements: [atoms x F x C]. */
function edgeDegreeEmbedding(config: EquiformerV2Config, weights: WeightSource, edges: Edges): TensorNode {
  const { channels, maxDegree, averageDegree } = config;
  const name = 'edge_degree_embedding';
  const radial = radialNetwork({ config, weights }, { tables: name, network: `${name}.rad_func.net` }, edges);
  const degrees = maxDegree + 1;
  const values = multiply(radial.outputs(0, degrees * channels), edges.strength);
  const symmetric = slice(edges.fromEdge, 1, 0, degrees); // order 0
  const sum = sumToReceivers(reshape(values, [values.shape[0], degrees, channels]), symmetric, edges);
  return multiply(sum, 1 / averageDegree);
}

/** One layer: attention and a feed-forward layer, each of normalised features and added to them. */
function block(
  context: AttentionContext,
  { name, x }: { readonly name: string; readonly x: TensorNode },
  atomGrid: SphereGrid,
): TensorNode {
  const { config, weights, edges } = context;
  const sums = attention(
    context,
    { name: `${name}.ga`, x: sphereNorm(weights, `${name}.norm_1`, x, config.norm) },
    { degrees: [0, config.maxDegree], rotations: edges.fromEdge },
  );
  const attended = add(x, sphereLinear(weights, `${name}.ga.proj`, sums));
  const normalized = sphereNorm(weights, `${name}.norm_2`, attended, config.norm);
  return add(attended, feedForward({ config, weights, name: `${name}.ffn` }, normalized, atomGrid));
}

/** Forces are what attention gives of degree 1, [atoms x 3 x D]. */
function directForces(context: AttentionContext, x: TensorNode): TensorNode {
  const { weights, edges } = context;
  const axis = (index: number) => slice(edges.frames, 1, index, index + 1);
  const rotations = concat([axis(1), axis(2), axis(0)], 1); // orders 0, 1 and -1 are y, z and x
  const sums = attention(context, { name: 'force_block', x }, { degrees: [1, 1], rotations });
  const [, , width] = sums.shape;
  const matrix = degreeWeight(weights, 'force_block.proj', 1);
  const rows = matMul(reshape(sums, ['3*atoms', width]), matrix, { transposeB: true });
  return reshape(rows, ['atoms', 3, matrix.shape[0]]);
}
