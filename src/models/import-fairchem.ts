import { chemicalSymbols } from '../elements.js';
import { atPlace } from '../io/text/place-error.js';
import { type TorchTensor, tensorValues } from '../io/torch/torch-tensor.js';
import { asDict, asTensor, type Dict, listNames, quote, readNumber, unfit } from './checkpoint-values.js';
import { layoutFor } from './kinds.js';
import type { Model, ModelHead } from './model.js';
import { lammSConfig, type PainnConfig } from './painn/config.js';
import type { ParameterLayout } from './parameters.js';

export interface ImportOptions {
  /** For messages. */
  readonly file?: string;
  /** Whether the moving average of the weights is taken where the checkpoint has one, as the original evaluates it (default: true). */
  readonly ema?: boolean;
  /** Licence of the weights, for the card; a checkpoint does not say. */
  readonly license?: string;
}

/**
 * Makes a model of a training checkpoint of FAIR-Chem's PaiNN, as `parseTorchCheckpoint` gives it.
 *
 * @throws {LammError} `checkpoint` for another kind of model, or an attribute or parameter that is missing, unknown or does not fit.
 */
export function importFairchemPainn(
  checkpoint: unknown,
  { file, ema = true, license = 'unknown' }: ImportOptions = {},
): Model {
  return atPlace({ file }, () => {
    const contents = asDict(checkpoint, 'a checkpoint');
    const state = readState(contents);
    const { config, periodic } = readConfig(contents, state);
    const layout = layoutFor(config);
    assertNames(state, layout);
    if (state.has(basisCentres)) assertEvenCentres(asTensor(state.get(basisCentres), basisCentres), config.basisSize);
    const average = ema ? readAverage(contents, state) : undefined;
    const head = readHead(contents, config);
    return {
      config,
      parameters: collectParameters(layout, average ?? state),
      heads: [head],
      card: {
        name: `FAIR-Chem PaiNN, ${config.channels} channels, ${config.layers} layers`,
        license,
        trainingData: ['the checkpoint does not say'],
        notes: describe(contents, { config, head, periodic, averaged: average !== undefined }),
      },
    };
  });
}

type State = ReadonlyMap<string, unknown>;

const basisCentres = 'radial_basis.rbf.offset';

/** The state by the names of the bare model: each wrapper for parallel training puts one more `module.` before them. */
function readState(contents: Dict): State {
  const state = new Map<string, unknown>();
  for (const [name, value] of asDict(contents.get('state_dict'), 'state_dict')) {
    if (typeof name !== 'string') throw unfit('names in state_dict', quote(name));
    const bare = name.replace(/^(module\.)+/, '');
    if (state.has(bare)) throw unfit('each parameter once in state_dict', `${quote(bare)} under several names`);
    state.set(bare, value);
  }
  return state;
}

/** Attributes that shape the network, and those that only say how the original finds neighbours or starts. */
const shapingAttributes = [
  ...['hidden_channels', 'num_layers', 'num_rbf', 'cutoff', 'max_neighbors', 'rbf', 'envelope'],
  ...['regress_forces', 'direct_forces', 'num_elements', 'use_pbc'],
];
const otherAttributes = [
  ...['name', 'otf_graph', 'use_pbc_single', 'scale_file'],
  ...['num_atoms', 'bond_feat_dim', 'num_targets'],
];

/** Attributes of the model with the defaults of the original; `periodic` says whether it was trained with periodic images. */
function readConfig(contents: Dict, state: State): { readonly config: PainnConfig; readonly periodic: boolean } {
  const attributes = readAttributes(asDict(contents.get('config'), 'config'));
  const basis = readNamed(attributes, 'rbf', 'gaussian');
  const envelope = readNamed(attributes, 'envelope', 'polynomial');
  if (basis.size > 1) throw unfit('no settings of the radial basis beside its name', listNames([...basis.keys()]));
  const layers = readCount(attributes, 'num_layers', lammSConfig.layers);
  const direct = readFlag(attributes, 'regress_forces') && readFlag(attributes, 'direct_forces');
  const config: PainnConfig = {
    kind: 'painn',
    channels: readCount(attributes, 'hidden_channels', lammSConfig.channels),
    layers,
    basis: 'gaussian',
    basisSize: readCount(attributes, 'num_rbf', lammSConfig.basisSize),
    cutoff: readPositive(attributes, 'cutoff', lammSConfig.cutoff),
    envelopeExponent: readCount(envelope, 'exponent', lammSConfig.envelopeExponent),
    maxNeighbors: readCount(attributes, 'max_neighbors', 50),
    elementCount: readCount(attributes, 'num_elements', lammSConfig.elementCount),
    smooth: false,
    forces: direct ? 'direct' : 'conservative',
    heads: ['default'],
    scaleFactors: Array.from({ length: layers }, (_, layer) => readScaleFactor(contents, state, layer)),
  };
  return { config, periodic: readFlag(attributes, 'use_pbc') };
}

/** `model` is a name beside `model_attributes`, or in newer checkpoints a dict of both. */
function readAttributes(config: Dict): Dict {
  const model = config.get('model');
  const attributes =
    model instanceof Map ? model : asDict(config.get('model_attributes') ?? new Map(), 'model_attributes');
  const name = model instanceof Map ? model.get('name') : model;
  if (name !== 'painn') throw unfit('the model "painn", the only one that can be imported', quote(name));
  const known: readonly unknown[] = [...shapingAttributes, ...otherAttributes];
  const unknown = [...attributes.keys()].filter((key) => !known.includes(key));
  if (unknown.length > 0) throw unfit('known attributes of PaiNN', listNames(unknown));
  return attributes;
}

/** A dict like `{name: 'gaussian'}` whose name must be `name`. */
function readNamed(attributes: Dict, key: string, name: string): Dict {
  const settings = asDict(attributes.get(key) ?? new Map([['name', name]]), key);
  if (settings.get('name') === name) return settings;
  throw unfit(`${key} "${name}", the only one that can be imported`, quote(settings.get('name')));
}

function readPositive(attributes: Dict, key: string, fallback: number): number {
  const value = attributes.get(key) ?? fallback;
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  throw unfit(`a positive number as ${key}`, quote(value));
}

const largestCount = 100_000;

function readCount(attributes: Dict, key: string, fallback: number): number {
  const value = readPositive(attributes, key, fallback);
  if (Number.isInteger(value) && value <= largestCount) return value;
  throw unfit(`a whole number up to ${largestCount} as ${key}`, quote(value));
}

function readFlag(attributes: Dict, key: string): boolean {
  const value = attributes.get(key) ?? true;
  if (typeof value === 'boolean') return value;
  throw unfit(`True or False as ${key}`, quote(value));
}

/** Some checkpoints have factors in `scale_dict`, which go before those of the state.  0 means never fitted, which is 1. */
function readScaleFactor(contents: Dict, state: State, layer: number): number {
  const name = `upd_out_scalar_scale_${layer}`;
  const fitted = asDict(contents.get('scale_dict') ?? new Map(), 'scale_dict').get(name);
  return readNumber(fitted ?? state.get(`${name}.scale_factor`), `${name}.scale_factor`) || 1;
}

function assertNames(state: State, { entries }: ParameterLayout): void {
  const known = new Set(entries.map(({ name }) => name));
  const missing = [...known].filter((name) => !state.has(name));
  if (missing.length > 0) throw unfit(`the parameters ${listNames(missing)}`, 'a state_dict without them');
  const unknown = [...state.keys()].filter((name) => !known.has(name) && !isFixed(name));
  if (unknown.length > 0) throw unfit('only parameters of PaiNN in the state_dict', listNames(unknown));
}

/** Whether a name of the state is none of a trainable parameter; only these have a moving average. */
function isFixed(name: string): boolean {
  return name === basisCentres || /^upd_out_scalar_scale_\d+\.scale_factor$/.test(name);
}

function assertEvenCentres(centres: TorchTensor, size: number): void {
  const fits = centres.shape.join() === String(size) && size > 1;
  if (fits && tensorValues(centres).every((centre, k) => Math.abs(centre - k / (size - 1)) < 1e-6)) return;
  throw unfit(`${size} centres of the radial basis evenly on 0..1, at least two`, 'others');
}

/** The moving average of the weights: a bare list in the order of the trainable parameters of the state. */
function readAverage(contents: Dict, state: State): State | undefined {
  const ema = contents.get('ema') ?? undefined;
  if (ema === undefined) return undefined;
  const values = asDict(ema, 'ema').get('shadow_params');
  const names = [...state.keys()].filter((name) => !isFixed(name));
  if (Array.isArray(values) && values.length === names.length)
    return new Map(names.map((name, index) => [name, values[index]]));
  const found = Array.isArray(values) ? `${values.length}` : 'no list';
  throw unfit(
    `${names.length} averaged parameters in ema.shadow_params`,
    `${found}; --no-ema takes the last weights instead`,
  );
}

function collectParameters(layout: ParameterLayout, state: State): Float32Array {
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

/** Physical value = std x output + mean; the mean belongs to a structure, not to an atom. */
interface Normalizer {
  readonly mean: number;
  readonly std: number;
}

function readHead(contents: Dict, { elementCount, forces }: PainnConfig): ModelHead {
  const normalizers = asDict(contents.get('normalizers'), 'normalizers');
  const elementReferences = contents.get('elementrefs');
  if (elementReferences instanceof Map && elementReferences.size > 0) {
    throw unfit('a checkpoint without reference energies', 'elementrefs, which cannot be imported yet');
  }
  const energy = readNormalizer(normalizers, 'target', 'energy');
  const force = readNormalizer(normalizers, 'grad_target', 'forces');
  if (force.mean !== 0) throw unfit('a mean force of 0', `${force.mean}`);
  const symbols = chemicalSymbols.slice(1, elementCount + 1);
  return {
    name: 'default',
    energyScale: energy.std,
    forceScale: forces === 'direct' ? force.std : energy.std,
    ...(energy.mean !== 0 && { energyOffset: energy.mean }),
    referenceEnergies: Object.fromEntries(symbols.map((symbol) => [symbol, 0])),
  };
}

/** A normaliser by its older or newer name; a run that used none works in eV and A. */
function readNormalizer(normalizers: Dict, older: string, newer: string): Normalizer {
  const name = normalizers.has(older) ? older : newer;
  if (!normalizers.has(name)) return { mean: 0, std: 1 };
  const values = asDict(normalizers.get(name), `the normalizer "${name}"`);
  const std = readNumber(values.get('std') ?? values.get('rmsd'), `std of the normalizer "${name}"`);
  if (std <= 0) throw unfit(`a positive std of the normalizer "${name}"`, `${std}`);
  return { std, mean: readNumber(values.get('mean'), `mean of the normalizer "${name}"`) };
}

interface Origin {
  readonly config: PainnConfig;
  readonly head: ModelHead;
  readonly periodic: boolean;
  readonly averaged: boolean;
}

function describe(contents: Dict, { config, head, periodic, averaged }: Origin): string[] {
  const [epoch, step] = ['epoch', 'step']
    .map((key) => contents.get(key))
    .map((value) => (typeof value === 'number' ? value : '?'));
  const notes = [
    `imported from a FAIR-Chem checkpoint of epoch ${epoch}, step ${step}: ${averaged ? 'moving average of the weights' : 'weights as stored'}`,
    'energies follow the convention of the training set; reference energies of elements are not known and are 0',
    `elements are those that the network has room for (1 to ${config.elementCount}); which were trained is not known`,
  ];
  if (head.energyOffset !== undefined) {
    notes.push(
      `${head.energyOffset} eV is added once to every structure, however many atoms it has: the mean of the training energies`,
    );
  }
  if (config.forces === 'conservative')
    notes.push('forces are the derivative of the energy; the original may have scaled them otherwise');
  if (!periodic) notes.push('trained without periodic images');
  return notes;
}
