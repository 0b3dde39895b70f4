import { tensorValues } from '../../io/torch/torch-tensor.js';
import { edgeComponents } from '../equiformer-v2/components.js';
import { type EquiformerV2Config, equiformerV2Schema, lammLConfig } from '../equiformer-v2/config.js';
import { gaussianCentres } from '../equiformer-v2/gaussians.js';
import { readCount, readFlag, readPositive } from './attributes.js';
import { asDict, asTensor, type Dict, listNames, quote, unfit } from './checkpoint-values.js';
import { basisCentres, shapeOf } from './equiformer-v2-state.js';
import type { State } from './state.js';

/** A configuration, and what the checkpoint left open. */
export interface ImportedConfig {
  readonly config: EquiformerV2Config;
  /** One line per assumption. */
  readonly assumptions: readonly string[];
}

/** What a checkpoint is like beside its arrays. */
export interface CheckpointForm {
  /** Whether network and heads are apart. */
  readonly hydra: boolean;
  /** Whether it learned denoising beside energies and forces, with heads named as in the first release or as later. */
  readonly denoising: 'no' | 'first names' | 'later names';
}

/**
 * The configuration of a state with the names of our layout: sizes from its arrays, which always say them, the rest
 * from the attributes.
 *
 * @throws {LammError} `checkpoint` for an option that changes the network in a way that is not supported, or sizes that
 *   do not fit.
 */
export function readEquiformerV2Config(contents: Dict, state: State, form: CheckpointForm): ImportedConfig {
  const attributes = readAttributes(asDict(contents.get('config') ?? new Map(), 'config'), form);
  assertSupported(attributes);
  const sizes = readSizes(state);
  assertSameSizes(attributes, sizes);
  const assumptions: string[] = [];
  const assume = <Value>(key: string, value: Value): Value => {
    if (!attributes.has(key)) assumptions.push(`the checkpoint does not say ${key}; ${String(value)} is assumed`);
    return value;
  };
  const graph = form.hydra ? { max_neighbors: 20, strict: false } : { max_neighbors: 500, strict: true };
  const averages = averagesOf(form);
  const config = {
    ...sizes,
    maxNeighbors: readCount(attributes, 'max_neighbors', assume('max_neighbors', graph.max_neighbors)),
    strictNeighbors: readFlag(attributes, 'enforce_max_neighbors_strictly', graph.strict),
    averageAtoms: readPositive(attributes, 'avg_num_nodes', averages.atoms),
    averageDegree: readPositive(attributes, 'avg_degree', averages.degree),
    ...(attributes.get('grid_resolution') !== undefined && { gridResolution: gridOf(attributes) }),
  };
  if (form.hydra) {
    assume('avg_num_nodes', averages.atoms);
    assume('avg_degree', averages.degree);
    assume('enforce_max_neighbors_strictly', graph.strict);
  }
  const checked = equiformerV2Schema.safeParse(config);
  if (checked.success) return { config: checked.data, assumptions };
  const [{ path, message }] = checked.error.issues;
  throw unfit('a model of sizes that fit', `${path.join('.')}: ${message}`);
}

/** Typical numbers of atoms and neighbours that the versions of the original took where a configuration is silent. */
function averagesOf({ hydra, denoising }: CheckpointForm): { readonly atoms: number; readonly degree: number } {
  const { averageAtoms: atoms, averageDegree: degree } = lammLConfig;
  if (!hydra || denoising === 'later names') return { atoms, degree };
  return denoising === 'first names'
    ? { atoms: 31.16592360068011, degree: 61.94676351484548 }
    : { atoms: 31.17, degree: 61.95 };
}

/** `model` is a name beside `model_attributes`, a dict of both, or a dict with a `backbone`. */
function readAttributes(config: Dict, { hydra }: CheckpointForm): Dict {
  const model = config.get('model');
  if (!(model instanceof Map)) return asDict(config.get('model_attributes') ?? new Map(), 'model_attributes');
  if (!hydra) return model;
  return asDict(model.get('backbone') ?? new Map(), 'the backbone of the model');
}

/** Options of the original that the network here has one way; its default is the same but where one is given. */
const fixedOptions: readonly (readonly [key: string, value: unknown])[] = [
  ['use_atom_edge_embedding', true],
  ['share_atom_edge_embedding', false],
  ['use_m_share_rad', false],
  ['distance_function', 'gaussian'],
  ['use_s2_act_attn', false],
  ['use_attn_renorm', true],
  ['use_gate_act', false],
  ['use_sep_s2_act', true],
];

/** Options that say how the original finds neighbours, starts, or is trained, and sizes that the arrays say. */
const otherOptions: readonly string[] = [
  ...['name', 'model', 'use_pbc', 'use_pbc_single', 'otf_graph', 'regress_forces', 'activation_checkpoint'],
  ...['max_neighbors', 'max_radius', 'max_num_elements', 'num_layers', 'sphere_channels', 'attn_hidden_channels'],
  ...['num_heads', 'attn_alpha_channels', 'attn_value_channels', 'ffn_hidden_channels', 'norm_type', 'lmax_list'],
  ...['mmax_list', 'grid_resolution', 'num_sphere_samples', 'edge_channels', 'num_distance_basis', 'attn_activation'],
  ...['ffn_activation', 'use_grid_mlp', 'alpha_drop', 'drop_path_rate', 'proj_drop', 'weight_init'],
  ...['enforce_max_neighbors_strictly', 'avg_num_nodes', 'avg_degree', 'use_energy_lin_ref', 'load_energy_lin_ref'],
  ...['use_force_encoding', 'use_noise_schedule_sigma_encoding', 'use_denoising_energy', 'use_denoising_stress'],
  ...['num_atoms', 'bond_feat_dim', 'num_targets', 'ln_type', 'scale_file', 'direct_forces'],
];

function assertSupported(attributes: Dict): void {
  for (const [key, value] of fixedOptions) {
    const found = attributes.get(key) ?? value;
    if (found !== value) throw unfit(`${key} ${quote(value)}, the only one that can be imported`, quote(found));
  }
  const known = new Set<unknown>([...otherOptions, ...fixedOptions.map(([key]) => key)]);
  const unknown = [...attributes.keys()].filter((key) => !known.has(key));
  if (unknown.length > 0) throw unfit('known attributes of EquiformerV2', listNames(unknown));
}

/** Everything that the arrays say. */
function readSizes(
  state: State,
): Omit<EquiformerV2Config, 'maxNeighbors' | 'strictNeighbors' | 'averageAtoms' | 'averageDegree'> {
  const attention = 'blocks.0.ga';
  const [degrees, channels, values] = shapeOf(state, `${attention}.proj.weight`);
  const [attentionHeads, alphaChannels] = shapeOf(state, `${attention}.alpha_dot`).slice(-2);
  const [rows] = shapeOf(state, 'sphere_embedding.weight');
  const maxDegree = degrees - 1;
  const maxOrder = countNames(state, /^blocks\.0\.ga\.so2_conv_1\.so2_m_conv\.(\d+)\./);
  const { basisSize, cutoff } = readBasis(state);
  return {
    kind: 'equiformer-v2',
    layers: countNames(state, /^blocks\.(\d+)\./),
    channels,
    maxDegree,
    maxOrder,
    attentionHeads,
    attentionHidden: shapeOf(state, `${attention}.so2_conv_2.fc_m0.weight`)[1] / degrees,
    alphaChannels,
    valueChannels: values / attentionHeads,
    feedForwardHidden: shapeOf(state, 'blocks.0.ffn.so3_linear_1.weight')[1],
    edgeChannels: shapeOf(state, 'edge_degree_embedding.rad_func.net.0.weight')[0],
    basisSize,
    norm: readNorm(state),
    gridMlp: state.has('blocks.0.ffn.grid_mlp.0.weight'),
    gridResolution: readGrid(state, maxDegree, maxOrder),
    cutoff,
    elementCount: rows - 1,
    smooth: false,
    forces: state.has('force_block.alpha_dot') ? 'direct' : 'conservative',
    stressHead: state.has('stress_head.xedge_layer_norm.weight'),
    heads: ['default'],
  };
}

/** How many different numbers names have at the place of the group. */
function countNames(state: State, pattern: RegExp): number {
  return new Set([...state.keys()].flatMap((name) => pattern.exec(name)?.[1] ?? [])).size;
}

function readNorm(state: State): EquiformerV2Config['norm'] {
  if (state.has('norm.norm_l0.weight')) return 'layer_norm_sh';
  return state.has('norm.balance_degree_weight') ? 'rms_norm_sh' : 'layer_norm';
}

/** The Gaussians, which must be those that the network here has. */
function readBasis(state: State): { readonly basisSize: number; readonly cutoff: number } {
  const centres = tensorValues(asTensor(state.get(basisCentres), basisCentres));
  const basisSize = centres.length;
  const cutoff = centres[basisSize - 1];
  const ours = gaussianCentres(basisSize, cutoff);
  if (basisSize > 1 && cutoff > 0 && centres.every((centre, k) => Math.abs(centre - ours[k]) <= 1e-6 * cutoff)) {
    return { basisSize, cutoff };
  }
  throw unfit('centres of Gaussians evenly from 0 to the cutoff, at least two', 'others');
}

/** Points of the grid in the frames of edges, unless they are the fewest. */
function readGrid(state: State, maxDegree: number, maxOrder: number): number | null {
  const name = [...state.keys()].find((key) => key.endsWith(`SO3_grid.${maxDegree}.${maxOrder}.to_grid_mat`));
  if (name === undefined) return null;
  const [latitudes, longitudes, components] = shapeOf(state, name);
  const expected = edgeComponents(maxDegree, maxOrder).length;
  if (components !== expected) throw unfit(`${expected} components in "${name}"`, `${components}`);
  return latitudes === longitudes ? latitudes : null;
}

function gridOf(attributes: Dict): number | null {
  return attributes.get('grid_resolution') === null ? null : readCount(attributes, 'grid_resolution', 1);
}

/** Attributes that must agree with the arrays where they are given. */
function assertSameSizes(attributes: Dict, sizes: ReturnType<typeof readSizes>): void {
  const expected: readonly (readonly [key: string, size: number])[] = [
    ['num_layers', sizes.layers],
    ['sphere_channels', sizes.channels],
    ['max_num_elements', sizes.elementCount + 1],
    ['lmax_list', sizes.maxDegree],
    ['mmax_list', sizes.maxOrder],
  ];
  for (const [key, size] of expected) {
    const value = attributes.get(key);
    const found = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (found !== undefined && found !== size) throw unfit(`${key} ${size}, as the arrays have it`, quote(found));
  }
}
