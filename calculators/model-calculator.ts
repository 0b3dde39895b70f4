import { defaultModels, modelFile } from '../src/models/embedded-models.js';
import { createEmbedder, type Embedder } from '../src/models/embedding.js';
import { deviceBatchAtoms } from '../src/models/following/device-batch.js';
import { followsSystems } from '../src/models/following/following-evaluator.js';
import { loadModel } from '../src/models/load-model.js';
import { findHead, headElements, type Model, type ModelHead } from '../src/models/model.js';
import { graphRuntime, isFused } from '../src/models/open-evaluator.js';
import {
  createPotential,
  defaultSkin,
  type Potential,
  type PotentialOptions,
  type PotentialResult,
} from '../src/models/potential.js';
import { estimateUncertainty, type Uncertainty } from '../src/models/uncertainty.js';
import type { FollowedRange } from '../src/neighbors/verlet-reference.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import { answerByTurns } from '../src/turn-batches.js';
import { fusedBatchAtoms } from './batching.js';
import type { CalculationResult, Calculator, CalculatorCapabilities, HeadChoice } from './calculator.js';
import { type ChosenHead, chooseHead, noticesOfChoice } from './choose-head.js';

export interface ModelCalculatorOptions extends Omit<PotentialOptions, 'features'> {
  /**
   * A model, the path of its file, or the name of one that comes with this package; when absent, those that `lamm-s` is
   * made of.
   */
  readonly model?: string | Model;
}

/** A calculator from models; `model` is the first of them. */
export type ModelCalculator = Required<Calculator> & { readonly model: Model };

/**
 * Creates a calculator from a trained model of any kind.  The model is read at once and compiled at the first
 * calculation.
 *
 * Where there are several heads and none is named, `chooseHead` says which of them calculates a system; `onNotice` is
 * told.
 *
 * @throws {LammError} when the file is no model of ours, or has no head of that name.
 */
export function createModelCalculator({ model, head, ...options }: ModelCalculatorOptions = {}): ModelCalculator {
  const models = loadModels(model);
  const heads = head === undefined ? models.flatMap(headsForAtoms) : [findHeadOf(models, head)];
  const name = typeof model === 'string' ? model : 'lamm-s';
  const experts = models.map((each) => createExpert(each, options));
  const choose = createChoice(models, { ...options, choose: (system) => chooseHead(system, heads, name) });
  const headFor = (system: AtomicSystem): HeadChoice => {
    const { name: chosen, hasSeen } = chooseHead(system, heads, name);
    return { name: chosen, hasSeen, knownErrors: experts.map(({ knows }) => knows(chosen)).find(Boolean) };
  };
  const cutoff = Math.max(...models.map(({ config }) => config.cutoff));
  const follows = models.some(({ config }) => followsSystems(config, options));
  const conservative = models.every(({ config }) => config.forces === 'conservative');
  return {
    name,
    model: models[0],
    capabilities: {
      elements: new Set(heads.flatMap((each) => [...headElements(each)])),
      cutoff,
      conservative,
      stress: conservative || heads.every(({ stress }) => stress !== undefined),
      heads: models.flatMap((each) => each.heads.map(({ name: headName }) => headName)),
      headFor,
      ...(models.every((each) => isFused(each, options)) && { batchAtoms: fusedBatchAtoms }),
      ...(follows && followedCapabilities(models, { cutoff, skin: options.skin ?? defaultSkin })),
    },
    calculate: async (system) => (await calculateMany([system], choose))[0],
    calculateMany: (systems) => calculateMany(systems, choose),
    async uncertaintyOf(system, result) {
      const expert = experts.find(({ knows }) => knows(result.head) !== undefined);
      return expert?.judge(system, result);
    },
    async [Symbol.asyncDispose]() {
      await choose.dispose();
      for (const expert of experts) await expert[Symbol.asyncDispose]();
    },
  };
}

/** What a device can that keeps the lists of systems. */
function followedCapabilities(
  models: readonly Model[],
  follows: FollowedRange,
): Pick<CalculatorCapabilities, 'follows' | 'batchAtoms'> {
  return { follows, batchAtoms: Math.min(...models.map(({ config }) => deviceBatchAtoms(config, follows))) };
}

function loadModels(model: string | Model | undefined): readonly Model[] {
  if (typeof model === 'object') return [model];
  const names = model === undefined ? defaultModels : [model];
  return names.map((name) => loadModel(modelFile(name)));
}

/** The head called `name` of the first model that has one. */
function findHeadOf(models: readonly Model[], name: string): ModelHead {
  const owner = models.find(({ heads }) => heads.some((head) => head.name === name));
  const { heads } = owner ?? { heads: models.flatMap((model) => model.heads) };
  return heads[findHead({ heads }, name)];
}

/** The heads that give energies and forces. */
function headsForAtoms({ heads }: Model): readonly ModelHead[] {
  return heads.filter(({ denoising }) => !denoising);
}

/** Finds the potential for a system. */
interface Choice {
  /** @throws {LammError} `unsupported-element` when no head was trained on all its elements. */
  (system: AtomicSystem): NamedPotential;
  dispose(): Promise<void>;
}

interface NamedPotential extends Potential {
  readonly head: string;
}

interface ChoiceOptions extends PotentialOptions {
  readonly choose: (system: AtomicSystem) => ChosenHead;
}

function createChoice(models: readonly Model[], { choose, ...options }: ChoiceOptions): Choice {
  const potentials = new Map<string, NamedPotential>();
  const told = new Set<string>();

  /**
   * By the numbers of a system and whether it is periodic: nothing else decides, and steps of a simulation share them.
   */
  const chosenFor = new WeakMap<Uint8Array, Map<boolean, NamedPotential>>();

  function potentialFor(system: AtomicSystem): NamedPotential {
    const isPeriodic = system.pbc.includes(true);
    const before = chosenFor.get(system.numbers) ?? new Map<boolean, NamedPotential>();
    const known = before.get(isPeriodic);
    if (known !== undefined) return known;
    const chosen = choose(system);
    tell(chosen, system);
    const potential = potentials.get(chosen.name) ?? open(chosen);
    chosenFor.set(system.numbers, before.set(isPeriodic, potential));
    return potential;
  }

  function tell(chosen: ChosenHead, system: AtomicSystem): void {
    for (const { about, text } of noticesOfChoice(chosen, system)) {
      if (!told.has(about)) options.onNotice?.(text);
      told.add(about);
    }
  }

  function open({ name, head }: ChosenHead): NamedPotential {
    const owner = models.find(({ heads }) => heads.includes(head)) ?? models[0];
    const features = owner.uncertainties?.has(name);
    const potential = { ...createPotential(owner, { ...options, features, head: name }), head: name };
    potentials.set(name, potential);
    return potential;
  }

  return Object.assign(potentialFor, {
    async dispose() {
      for (const potential of potentials.values()) await potential[Symbol.asyncDispose]();
    },
  });
}

/** What a model knows of its errors. */
interface Expert extends AsyncDisposable {
  knows(head: string | undefined): HeadChoice['knownErrors'];
  judge(system: AtomicSystem, result: Pick<CalculationResult, 'forces' | 'head'>): Promise<Uncertainty | undefined>;
}

function createExpert(model: Model, options: PotentialOptions): Expert {
  const embedder = createEmbedder(model, { ...graphRuntime(options), layer: 'lastFeatures' });
  const embed = answerByTurns((systems: readonly AtomicSystem[]) => embedTogether(embedder, systems));
  return {
    knows(head = '') {
      const calibration = model.uncertainties?.get(head)?.calibration;
      return calibration && (calibration.forces === undefined ? 'energy' : 'forces');
    },
    async judge(system, result) {
      const { forces, head = '' } = result;
      const known = model.uncertainties?.get(head);
      return known && estimateUncertainty(known, { features: featuresOf.get(result) ?? (await embed(system)), forces });
    },
    [Symbol.asyncDispose]: () => embedder[Symbol.asyncDispose](),
  };
}

/**
 * Features of systems that are asked for at once; when that fails, each on its own, so that only those learn of it that
 * it is about.
 */
async function embedTogether(
  { embed, embedMany }: Embedder,
  systems: readonly AtomicSystem[],
): Promise<readonly PromiseSettledResult<Float64Array>[]> {
  if (systems.length > 1) {
    const many = await embedMany(systems).catch(() => undefined);
    if (many !== undefined) return many.map((value) => ({ status: 'fulfilled', value }));
  }
  const outcomes: PromiseSettledResult<Float64Array>[] = [];
  for (const system of systems) outcomes.push(...(await Promise.allSettled([embed(system)])));
  return outcomes;
}

/** Calculates the systems of each potential together. */
async function calculateMany(
  systems: readonly AtomicSystem[],
  choose: (system: AtomicSystem) => NamedPotential,
): Promise<CalculationResult[]> {
  const chosen = systems.map(choose);
  const results: CalculationResult[] = [];
  for (const potential of new Set(chosen)) {
    const places = [...systems.keys()].filter((place) => chosen[place] === potential);
    const evaluated = await potential.evaluateMany(places.map((place) => systems[place]));
    for (const [index, place] of places.entries()) results[place] = resultOf(evaluated[index], potential);
  }
  return results;
}

/** What the network made of the atoms of a result on its way, from which its errors can be told at once. */
const featuresOf = new WeakMap<object, ArrayLike<number>>();

function resultOf({ features, ...evaluated }: PotentialResult, { head }: NamedPotential): CalculationResult {
  const result = { ...evaluated, head };
  if (features) featuresOf.set(result, features);
  return result;
}
