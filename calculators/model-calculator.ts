import { modelFile } from '../src/models/embedded-models.js';
import { createEmbedder, type Embedder } from '../src/models/embedding.js';
import { loadModel } from '../src/models/load-model.js';
import { findHead, headElements, type Model, type ModelHead } from '../src/models/model.js';
import { graphRuntime } from '../src/models/open-evaluator.js';
import { createPotential, type Potential, type PotentialOptions } from '../src/models/potential.js';
import { estimateUncertainty, type Uncertainty } from '../src/models/uncertainty.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult, Calculator } from './calculator.js';
import { type ChosenHead, chooseHead, noticesOfChoice } from './choose-head.js';

export interface ModelCalculatorOptions extends PotentialOptions {
  /** A model, the path of its file, or the name of one that comes with this package; `lamm-s` when absent. */
  readonly model?: string | Model;
}

/** A calculator from a model. */
export type ModelCalculator = Required<Calculator> & { readonly model: Model };

/**
 * Creates a calculator from a trained model of any kind.  The model is read at once and compiled at the first calculation.
 *
 * Where the model has several heads and none is named, `chooseHead` says which of them calculates a system; `onNotice` is told.
 *
 * @throws {LammError} when the file is no model of ours, or has no head of that name.
 */
export function createModelCalculator({
  model = 'lamm-s',
  head,
  ...options
}: ModelCalculatorOptions = {}): ModelCalculator {
  const loaded = typeof model === 'string' ? loadModel(modelFile(model)) : model;
  const heads = head === undefined ? headsForAtoms(loaded) : [loaded.heads[findHead(loaded, head)]];
  const name = typeof model === 'string' ? model : 'lamm-s';
  const headFor = (system: AtomicSystem) => chooseHead(system, heads, name);
  const choose = createChoice(loaded, { ...options, choose: headFor });
  const embedder = createEmbedder(loaded, { ...graphRuntime(options), layer: 'lastFeatures' });
  const conservative = loaded.config.forces === 'conservative';
  return {
    name,
    model: loaded,
    capabilities: {
      elements: new Set(heads.flatMap((each) => [...headElements(each)])),
      cutoff: loaded.config.cutoff,
      conservative,
      stress: conservative || heads.every(({ stress }) => stress !== undefined),
      heads: loaded.heads.map((each) => each.name),
      headFor,
    },
    calculate: (system) => calculate(system, choose),
    calculateMany: (systems) => calculateMany(systems, choose),
    uncertaintyOf: (system, result) => uncertaintyOf(system, result, loaded, embedder),
    async [Symbol.asyncDispose]() {
      await choose.dispose();
      await embedder[Symbol.asyncDispose]();
    },
  };
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

function createChoice(model: Model, { choose, ...options }: ChoiceOptions): Choice {
  const potentials = new Map<string, NamedPotential>();
  const told = new Set<string>();

  /** By the numbers of a system and whether it is periodic: nothing else decides, and steps of a simulation share them. */
  const chosenFor = new WeakMap<Uint8Array, Map<boolean, NamedPotential>>();

  function potentialFor(system: AtomicSystem): NamedPotential {
    const isPeriodic = system.pbc.includes(true);
    const before = chosenFor.get(system.numbers) ?? new Map<boolean, NamedPotential>();
    const known = before.get(isPeriodic);
    if (known !== undefined) return known;
    const chosen = choose(system);
    tell(chosen, system);
    const potential = potentials.get(chosen.name) ?? open(chosen.name);
    chosenFor.set(system.numbers, before.set(isPeriodic, potential));
    return potential;
  }

  function tell(chosen: ChosenHead, system: AtomicSystem): void {
    for (const { about, text } of noticesOfChoice(chosen, system)) {
      if (!told.has(about)) options.onNotice?.(text);
      told.add(about);
    }
  }

  function open(head: string): NamedPotential {
    const potential = { ...createPotential(model, { ...options, head }), head };
    potentials.set(head, potential);
    return potential;
  }

  return Object.assign(potentialFor, {
    async dispose() {
      for (const potential of potentials.values()) await potential[Symbol.asyncDispose]();
    },
  });
}

async function calculate(system: AtomicSystem, choose: Choice): Promise<CalculationResult> {
  const potential = choose(system);
  return { ...(await potential.evaluate(system)), head: potential.head };
}

/** What the head that calculated a result expects its errors to be; nothing where that was not measured. */
async function uncertaintyOf(
  system: AtomicSystem,
  { forces, head = '' }: CalculationResult,
  { uncertainties }: Model,
  embedder: Embedder,
): Promise<Uncertainty | undefined> {
  const known = uncertainties?.get(head);
  return known && estimateUncertainty(known, { features: await embedder.embed(system), forces });
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
    for (const [index, place] of places.entries()) results[place] = { ...evaluated[index], head: potential.head };
  }
  return results;
}
