import { chemicalSymbols } from '../../elements.js';
import { type TorchTensor, tensorValues } from '../../io/torch/torch-tensor.js';
import { layoutFor } from '../kinds.js';
import type { Model, ModelHead } from '../model.js';
import { lammSConfig, type PainnConfig } from '../painn/config.js';
import { readCount, readFlag, readPositive } from './attributes.js';
import { asDict, asTensor, type Dict, listNames, quote, readNumber, unfit } from './checkpoint-values.js';
import type { Checkpoint, ImportOptions } from './fairchem-checkpoint.js';
import { readNormalizer } from './normalizer.js';
import { assertNames, collectParameters, readAverage, type State } from './state.js';

/**
 * Makes a model of a training checkpoint of FAIR-Chem's PaiNN.
 *
 * @throws {LammError} `checkpoint` for another kind of model, or an attribute or parameter that is missing, unknown or
 *   does not fit.
 */
export function importPainn(
  { contents, state }: Checkpoint,
  { ema = true, license = 'unknown' }: ImportOptions,
): Model {
  const { config, periodic } = readConfig(contents, state);
  const layout = layoutFor(config);
  assertNames(state, layout, { isFixed, kind: 'PaiNN' });
  if (state.has(basisCentres)) assertEvenCentres(asTensor(state.get(basisCentres), basisCentres), config.basisSize);
  const average = ema ? readAverage(contents, state, isFixed) : undefined;
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
}

const basisCentres = 'radial_basis.rbf.offset';

/** Attributes that shape the network, and those that only say how the original finds neighbours or starts. */
const shapingAttributes = [
  ...['hidden_channels', 'num_layers', 'num_rbf', 'cutoff', 'max_neighbors', 'rbf', 'envelope'],
  ...['regress_forces', 'direct_forces', 'num_elements', 'use_pbc'],
];
const otherAttributes = [
  ...['name', 'otf_graph', 'use_pbc_single', 'scale_file'],
  ...['num_atoms', 'bond_feat_dim', 'num_targets'],
];

/**
 * Attributes of the model with the defaults of the original; `periodic` says whether it was trained with periodic
 * images.
 */
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
  if (name !== 'painn') throw unfit('the model "painn" or "equiformer_v2", which can be imported', quote(name));
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

/**
 * Some checkpoints have factors in `scale_dict`, which go before those of the state.  0 means never fitted, which is 1.
 */
function readScaleFactor(contents: Dict, state: State, layer: number): number {
  const name = `upd_out_scalar_scale_${layer}`;
  const fitted = asDict(contents.get('scale_dict') ?? new Map(), 'scale_dict').get(name);
  return readNumber(fitted ?? state.get(`${name}.scale_factor`), `${name}.scale_factor`) || 1;
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
