import { readFileSync } from 'node:fs';
import { parseSafetensors, type SafeTensor } from '../../src/io/safetensors.js';
import type { AtomicGraph } from '../../src/models/atomic-graph.js';
import { atomComponents, type Component, edgeComponents } from '../../src/models/equiformer-v2/components.js';
import type { EquiformerV2Config } from '../../src/models/equiformer-v2/config.js';
import type { EquiformerV2Constants } from '../../src/models/equiformer-v2/network.js';
import type { SphereGrid } from '../../src/models/equiformer-v2/sphere-grid.js';
import { graphFeeds } from '../../src/models/graph-feeds.js';
import type { ParameterLayout } from '../../src/models/parameters.js';
import type { TensorData } from '../../src/runtime/session.js';

export type Precision = 'float32' | 'float64';

/** One structure of a reference file and what the original makes of it. */
export interface ReferenceStructure {
  readonly numbers: number[];
  readonly positions: number[][];
  readonly cell: number[][];
  readonly edges: { source: number[]; target: number[]; cell_offset: number[][]; rot_mat: number[][] };
}

export function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8'));
}

export function readTensors(path: string): ReadonlyMap<string, SafeTensor> {
  return parseSafetensors(readFileSync(path)).tensors;
}

/** The configuration that arguments of the original mean. */
export function configFromArguments(settings: Record<string, unknown>, overrides: Partial<EquiformerV2Config> = {}) {
  const number = (key: string) => Number(settings[key]);
  const [maxDegree] = settings.lmax_list as number[];
  const [maxOrder] = settings.mmax_list as number[];
  const config: EquiformerV2Config = {
    kind: 'equiformer-v2',
    layers: number('num_layers'),
    channels: number('sphere_channels'),
    maxDegree,
    maxOrder,
    attentionHeads: number('num_heads'),
    attentionHidden: number('attn_hidden_channels'),
    alphaChannels: number('attn_alpha_channels'),
    valueChannels: number('attn_value_channels'),
    feedForwardHidden: number('ffn_hidden_channels'),
    edgeChannels: number('edge_channels'),
    basisSize: 600,
    norm: settings.norm_type as EquiformerV2Config['norm'],
    gridMlp: settings.use_grid_mlp === true,
    gridResolution: settings.grid_resolution === null ? null : number('grid_resolution'),
    cutoff: number('max_radius'),
    maxNeighbors: number('max_neighbors'),
    strictNeighbors: settings.enforce_max_neighbors_strictly === true,
    elementCount: number('max_num_elements') - 1,
    averageAtoms: 77.81317,
    averageDegree: 23.395238876342773,
    smooth: false,
    forces: 'direct',
    stressHead: false,
    heads: ['default'],
    ...overrides,
  };
  return config;
}

/** The grids as the file stores them, in single precision, and frames as the original drew them. */
export function constantsFromFile(
  tensors: ReadonlyMap<string, SafeTensor>,
  { maxDegree, maxOrder }: EquiformerV2Config,
): EquiformerV2Constants {
  return {
    edgeGrid: gridFromFile(tensors, edgeComponents(maxDegree, maxOrder), [maxDegree, maxOrder]),
    atomGrid: gridFromFile(tensors, atomComponents(maxDegree), [maxDegree, maxDegree]),
  };
}

function gridFromFile(
  tensors: ReadonlyMap<string, SafeTensor>,
  components: readonly Component[],
  [maxDegree, maxOrder]: readonly [number, number],
): SphereGrid {
  const stored = atomComponents(maxDegree).filter(({ order }) => Math.abs(order) <= maxOrder);
  const places = components.map((component) =>
    stored.findIndex(({ degree, order }) => degree === component.degree && order === component.order),
  );
  const values = (direction: string) => {
    const name = [...tensors.keys()].find((key) =>
      key.endsWith(`SO3_grid.${maxDegree}.${maxOrder}.${direction}_grid_mat`),
    );
    return Float64Array.from(tensors.get(name ?? '')?.data as Float32Array);
  };
  const [to, from] = [values('to'), values('from')];
  const pointCount = to.length / stored.length;
  const size = components.length;
  const toGrid = new Float64Array(to.length);
  const fromGrid = new Float64Array(from.length);
  for (let point = 0; point < pointCount; point++) {
    places.forEach((place, k) => {
      toGrid[point * size + k] = to[point * size + place];
      fromGrid[k * pointCount + point] = from[point * size + place];
    });
  }
  return { pointCount, toGrid, fromGrid };
}

/** Parameters in the order of a layout. */
export function flatten(layout: ParameterLayout, valuesOf: (name: string) => ArrayLike<number>): Float32Array {
  const parameters = new Float32Array(layout.size);
  for (const { name, offset, size } of layout.entries) {
    const values = valuesOf(name);
    if (values.length !== size) throw new Error(`${name}: ${values.length} numbers for ${size}`);
    parameters.set(values, offset);
  }
  return parameters;
}

/** The edges of a structure sorted by receiver, and the x axes of their frames. */
export function graphOf({ numbers, positions, cell, edges }: ReferenceStructure): {
  readonly graph: AtomicGraph;
  readonly frameAxes: readonly (readonly number[])[];
} {
  const order = edges.target.map((_, index) => index).sort((a, b) => edges.target[a] - edges.target[b] || a - b);
  const vectors = order.flatMap((edge) =>
    [0, 1, 2].map((axis) => {
      const shift = [0, 1, 2].reduce((sum, row) => sum + edges.cell_offset[edge][row] * (cell?.[row]?.[axis] ?? 0), 0);
      return positions[edges.source[edge]][axis] + shift - positions[edges.target[edge]][axis];
    }),
  );
  const graph = {
    atomCount: numbers.length,
    edgeCount: order.length,
    structureCount: 1,
    numbers: Int32Array.from(numbers),
    senders: Int32Array.from(order, (edge) => edges.source[edge]),
    receivers: Int32Array.from(order, (edge) => edges.target[edge]),
    edgeVectors: Float64Array.from(vectors),
    structureOf: new Int32Array(numbers.length),
  };
  return { graph, frameAxes: order.map((edge) => edges.rot_mat[edge].flat().slice(0, 3)) };
}

/** What a network with `frameAxes` reads. */
export function referenceFeeds(
  config: EquiformerV2Config,
  structure: ReferenceStructure,
  precision: Precision,
): Record<string, TensorData> {
  const { graph, frameAxes } = graphOf(structure);
  const { feeds, blocks } = graphFeeds(config, graph, precision);
  const data =
    precision === 'float64' ? new Float64Array(blocks.edgeVectors.length) : new Float32Array(blocks.edgeVectors.length);
  let edge = 0;
  blocks.presence.forEach((presence, slot) => data.set(presence === 1 ? frameAxes[edge++] : [0, 0, 1], 3 * slot));
  return { ...feeds, frameAxes: { data, shape: [blocks.senders.length, 3] } };
}
