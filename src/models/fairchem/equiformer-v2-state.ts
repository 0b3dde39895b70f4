import { tensorValues } from '../../io/torch/torch-tensor.js';
import type { ParameterLayout } from '../parameters.js';
import { asTensor, quote, unfit } from './checkpoint-values.js';
import type { State } from './state.js';

/** Last parts of names of arrays that are the same for every model of a configuration. */
const constantParts: ReadonlySet<string> = new Set([
  ...['to_grid_mat', 'from_grid_mat', 'l_harmonic', 'm_harmonic', 'm_complex', 'res_size', 'to_m', 'm_size'],
  ...['expand_index', 'balance_degree_weight'],
]);

/**
 * Arrays of a denoising training that are not read when energies are: its input of forces, which is zero, and its
 * output.
 */
const denoisingNames = /^(force_embedding|noise_schedule_sigma_embedding)\.(weight|bias)$|(^|\.)denoising_pos_block\./;

/** Energies of elements of the OC22 models, and centres of Gaussians. */
export const elementEnergies = 'energy_lin_ref';
export const basisCentres = 'distance_expansion.offset';

/** Whether an array of a state is none of the layout of a model, and none that must be known. */
export function isIgnored(name: string): boolean {
  return isConstant(name) || denoisingNames.test(name);
}

/** Whether an array is not trained, so that it has no moving average. */
export function isConstant(name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1);
  return constantParts.has(last) || name === elementEnergies || name === basisCentres;
}

/** Whether the state has its network apart from its heads, as newer checkpoints do. */
export function isHydra(state: State): boolean {
  return [...state.keys()].some((name) => name.startsWith('backbone.'));
}

/** The state by the names of our layout, which are those of the older checkpoints; its order is kept. */
export function renamedState(state: State): State {
  const renamed = new Map<string, unknown>();
  for (const [name, value] of state) {
    const bare = bareName(name);
    if (renamed.has(bare)) throw unfit('each parameter once in state_dict', `${quote(bare)} under several names`);
    renamed.set(bare, value);
  }
  return renamed;
}

/** Heads of denoising trainings have two sets of names. */
function bareName(name: string): string {
  return name
    .replace(/^backbone\./, '')
    .replace(/^output_heads\.energy\.(energy|scalar)_block\./, 'energy_block.')
    .replace(/^output_heads\.forces\.(force|vector)_block\./, 'force_block.')
    .replace(/^output_heads\.forces\./, '')
    .replace(/^output_heads\.stress\./, 'stress_head.');
}

/** Shape of an array. */
export function shapeOf(state: State, name: string): readonly number[] {
  return asTensor(state.get(name), name).shape;
}

/**
 * Adds to the table of elements what a denoising training adds to every atom even when it is given no forces: two
 * biases.
 *
 * Mutates `parameters`.
 */
export function addDenoisingBiases(parameters: Float32Array, { entries }: ParameterLayout, state: State): void {
  const [table] = entries.filter(({ name }) => name === 'sphere_embedding.weight');
  const [, channels] = table.shape;
  for (const name of ['force_embedding.bias', 'noise_schedule_sigma_embedding.bias']) {
    if (!state.has(name)) continue;
    const bias = tensorValues(asTensor(state.get(name), name));
    if (bias.length !== channels) throw unfit(`${channels} numbers in "${name}"`, `${bias.length}`);
    for (let index = 0; index < table.size; index++) parameters[table.offset + index] += bias[index % channels];
  }
}
