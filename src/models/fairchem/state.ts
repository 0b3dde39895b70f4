import { tensorValues } from '../../io/torch/torch-tensor.js';
import type { ParameterLayout } from '../parameters.js';
import { asDict, asTensor, type Dict, listNames, quote, unfit } from './checkpoint-values.js';

/** Arrays of a checkpoint by name. */
export type State = ReadonlyMap<string, unknown>;

/** The state by the names of the bare model: each wrapper for parallel training puts one more `module.` before them. */
export function readState(contents: Dict): State {
  const state = new Map<string, unknown>();
  for (const [name, value] of asDict(contents.get('state_dict'), 'state_dict')) {
    if (typeof name !== 'string') throw unfit('names in state_dict', quote(name));
    const bare = name.replace(/^(module\.)+/, '');
    if (state.has(bare)) throw unfit('each parameter once in state_dict', `${quote(bare)} under several names`);
    state.set(bare, value);
  }
  return state;
}

/**
 * The moving average of the weights: a bare list in the order of the parameters of the state that are trained, not
 * fixed.
 */
export function readAverage(contents: Dict, state: State, isFixed: (name: string) => boolean): State | undefined {
  const ema = contents.get('ema') ?? undefined;
  if (ema === undefined) return undefined;
  const values = asDict(ema, 'ema').get('shadow_params');
  const names = [...state.keys()].filter((name) => !isFixed(name));
  if (Array.isArray(values) && values.length === names.length)
    return new Map(names.map((name, index) => [name, values[index]]));
  const found = Array.isArray(values) ? `${values.length}` : 'no list';
  throw unfit(
    `${names.length} averaged parameters in ema.shadow_params`,
    `${found}; \`ema: false\` takes the last weights instead`,
  );
}

/** The arrays of a layout, one after another. */
export function collectParameters(layout: ParameterLayout, state: State): Float32Array {
  const tensors = layout.entries.map(({ name, shape }) => {
    const tensor = asTensor(state.get(name), name);
    if (tensor.shape.join() === shape.join()) return tensor;
    throw unfit(`parameter "${name}" of shape [${shape.join(' x ')}]`, `[${tensor.shape.join(' x ')}]`);
  });
  const parameters = new Float32Array(layout.size);
  layout.entries.forEach(({ name, offset }, index) => {
    const values = tensorValues(tensors[index]);
    if (!values.every(Number.isFinite)) throw unfit(`finite numbers in parameter "${name}"`, 'NaN or infinity');
    parameters.set(values, offset);
  });
  return parameters;
}

/** Throws unless the state has exactly the parameters of a layout beside those that are fixed. */
export function assertNames(
  state: State,
  { entries }: ParameterLayout,
  { isFixed, kind }: { readonly isFixed: (name: string) => boolean; readonly kind: string },
): void {
  const known = new Set(entries.map(({ name }) => name));
  const missing = [...known].filter((name) => !state.has(name));
  if (missing.length > 0) throw unfit(`the parameters ${listNames(missing)}`, 'a state_dict without them');
  const unknown = [...state.keys()].filter((name) => !known.has(name) && !isFixed(name));
  if (unknown.length > 0) throw unfit(`only parameters of ${kind} in the state_dict`, listNames(unknown));
}
