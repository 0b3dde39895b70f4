import { chemicalSymbols } from '../../elements.js';
import { tensorValues } from '../../io/torch/torch-tensor.js';
import type { EquiformerV2Config } from '../equiformer-v2/config.js';
import { layoutFor } from '../kinds.js';
import type { Model, ModelHead } from '../model.js';
import { asDict, asTensor, type Dict, listNames, unfit } from './checkpoint-values.js';
import { type CheckpointForm, readEquiformerV2Config } from './equiformer-v2-config.js';
import {
  addDenoisingBiases,
  elementEnergies,
  isConstant,
  isHydra,
  isIgnored,
  renamedState,
} from './equiformer-v2-state.js';
import type { Checkpoint, ImportOptions } from './fairchem-checkpoint.js';
import { readNormalizer } from './normalizer.js';
import { assertNames, collectParameters, readAverage, type State } from './state.js';

/** Whether the arrays are those of an EquiformerV2 model, whatever its configuration calls it. */
export function isEquiformerV2(state: State): boolean {
  return [...state.keys()].some((name) => /^(backbone\.)?blocks\.0\.ga\.alpha_dot$/.test(name));
}

/**
 * Makes a model of a checkpoint of FAIR-Chem's EquiformerV2: of OC20, OC22 and ODAC23, or of OMat24 with its heads
 * apart.
 *
 * @throws {LammError} `checkpoint` for an option that is not supported, or an attribute or parameter that is missing,
 *   unknown or does not fit.
 */
export function importEquiformerV2(
  { contents, state: original }: Checkpoint,
  { ema, license = 'unknown' }: ImportOptions,
): Model {
  const state = renamedState(original);
  const form = formOf(original);
  const { config, assumptions } = readEquiformerV2Config(contents, state, form);
  const layout = layoutFor(config);
  const isFixed = (name: string) => isConstant(name) || isIgnored(name);
  assertNames(state, layout, { isFixed, kind: 'EquiformerV2' });
  // The older program evaluates the average, the newer one has put it into the state of its best checkpoints.
  const average = (ema ?? !form.hydra) ? readAverage(contents, state, isConstant) : undefined;
  const parameters = collectParameters(layout, average ?? state);
  addDenoisingBiases(parameters, layout, average ?? state);
  const head = readHead(contents, state, config);
  const notes = describe(contents, { config, head, assumptions, form, averaged: average !== undefined });
  return {
    config,
    parameters,
    heads: [head],
    card: { name: nameOf(config), license, trainingData: ['the checkpoint does not say'], notes },
  };
}

function nameOf({ layers, channels, maxDegree, maxOrder }: EquiformerV2Config): string {
  return `FAIR-Chem EquiformerV2, ${channels} channels, ${layers} layers, degrees to ${maxDegree}, orders to ${maxOrder}`;
}

function formOf(state: State): CheckpointForm {
  const names = [...state.keys()];
  const hasDenoising = names.some((name) => /(^|\.)force_embedding\./.test(name));
  const hasLaterNames = names.some((name) => /\.(scalar|vector)_block\./.test(name));
  return { hydra: isHydra(state), denoising: !hasDenoising ? 'no' : hasLaterNames ? 'later names' : 'first names' };
}

function readHead(contents: Dict, state: State, config: EquiformerV2Config): ModelHead {
  const normalizers = asDict(contents.get('normalizers') ?? new Map(), 'normalizers');
  const energy = readNormalizer(normalizers, 'target', 'energy');
  const force = readNormalizer(normalizers, 'grad_target', 'forces');
  if (force.mean !== 0) throw unfit('a mean force of 0', `${force.mean}`);
  if (normalizers.has('stress')) throw unfit('normalizers of the parts of the stress', 'one of the whole stress');
  const scaleOf = (key: string) => {
    const { std, mean } = readNormalizer(normalizers, key, key);
    return { scale: std, offset: mean };
  };
  return {
    name: 'default',
    energyScale: energy.std,
    forceScale: config.forces === 'direct' ? force.std : energy.std,
    ...(config.stressHead && {
      stress: { isotropic: scaleOf('stress_isotropic'), anisotropic: scaleOf('stress_anisotropic') },
    }),
    ...(energy.mean !== 0 && { energyOffset: energy.mean }),
    referenceEnergies: readReferences(contents, state, { config, energyScale: energy.std }),
  };
}

/**
 * Energies of elements: those beside the state, where 0 means never seen, those in it, which are in units of the
 * normaliser, or 0.
 */
function readReferences(
  contents: Dict,
  state: State,
  { config, energyScale }: { readonly config: EquiformerV2Config; readonly energyScale: number },
): Record<string, number> {
  const stored = asDict(contents.get('elementrefs') ?? new Map(), 'elementrefs');
  const others = [...stored.keys()].filter((key) => key !== 'energy');
  if (others.length > 0) throw unfit('elementrefs of energies alone', listNames(others));
  const rows = stored.has('energy')
    ? tableOf(asDict(stored.get('energy'), 'elementrefs.energy').get('element_references'), 'element_references')
    : state.has(elementEnergies)
      ? tableOf(state.get(elementEnergies), elementEnergies).map((value) => value * energyScale)
      : undefined;
  const numbers = Array.from({ length: config.elementCount }, (_, index) => index + 1);
  const known = numbers.filter((number) => rows === undefined || (rows[number] ?? 0) !== 0);
  if (known.length === 0) throw unfit('an energy of at least one element', 'zeros alone');
  return Object.fromEntries(known.map((number) => [chemicalSymbols[number], rows?.[number] ?? 0]));
}

function tableOf(value: unknown, name: string): Float64Array {
  const values = tensorValues(asTensor(value, name));
  if (values.every(Number.isFinite)) return values;
  throw unfit(`finite numbers in "${name}"`, 'NaN or infinity');
}

interface Origin {
  readonly config: EquiformerV2Config;
  readonly head: ModelHead;
  readonly assumptions: readonly string[];
  readonly form: CheckpointForm;
  readonly averaged: boolean;
}

/** What a user of the model should know. */
function describe(contents: Dict, { config, head, assumptions, form, averaged }: Origin): string[] {
  const [epoch, step] = ['epoch', 'step']
    .map((key) => contents.get(key))
    .map((value) => (typeof value === 'number' ? value : '?'));
  const weights = averaged ? 'moving average of the weights' : 'weights as stored';
  const hasReferences = Object.values(head.referenceEnergies).some((energy) => energy !== 0);
  return [
    `imported from a FAIR-Chem checkpoint of epoch ${epoch}, step ${step}: ${weights}`,
    ...assumptions,
    hasReferences
      ? 'energies hold the energies of elements in the checkpoint; elements without one were never seen and are refused'
      : 'energies follow the convention of the training set; reference energies of elements are not known and are 0',
    ...(head.energyOffset === undefined
      ? []
      : [
          `${head.energyOffset} eV is added once to every structure, however many atoms it has: the mean of the training energies`,
        ]),
    config.forces === 'direct'
      ? 'forces are an output of their own, not the derivative of the energy: dynamics need a thermostat, and energy is not conserved'
      : 'forces are the derivative of the energy; the original had none',
    ...(config.stressHead
      ? [
          'the stress is an output of its own, not the derivative of the energy and not quite equivariant under rotations: cells can be relaxed with it, simulations at constant pressure are refused',
        ]
      : []),
    `energies jump where neighbours come and go: at most ${config.maxNeighbors} are seen${config.strictNeighbors ? '' : ', one more and those as far away as it'}`,
    ...(form.denoising === 'no' ? [] : ['trained with denoising besides; its layers are not kept']),
  ];
}
