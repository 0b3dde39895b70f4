import { fileURLToPath } from 'node:url';
import { listElements } from '../src/elements.js';
import { LammError } from '../src/errors.js';
import { loadModel } from '../src/models/load-model.js';
import { findHead, headElements, type Model, type ModelHead } from '../src/models/model.js';
import { createPotential, type Potential, type PotentialOptions } from '../src/models/potential.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult, Calculator } from './calculator.js';

export interface LammSOptions extends PotentialOptions {
  /** A model, the path of its file, or the name of one that comes with this package; `lamm-s-joint` when absent. */
  readonly model?: string | Model;
}

/** The models that come with this package; `calculators/weights` has a card of each. */
export const embeddedModels = ['lamm-s-joint', 'lamm-s-metals', 'lamm-s-joint-direct'] as const;

/** A calculator from a model. */
export type LammSCalculator = Required<Calculator> & { readonly model: Model };

/** The file of a model that comes with this package, for its name (`lamm-s-joint` when absent); a path stays as it is. */
export function modelFile(model = 'lamm-s-joint'): string {
  const name = embeddedModels.find((each) => each === model);
  return name === undefined ? model : fileURLToPath(new URL(`./weights/${name}.safetensors`, import.meta.url));
}

/**
 * Creates a calculator from a trained LaMM-S model.  The model is read at once, a graph is compiled at the first calculation.
 *
 * Where the model has several heads and none is named, a system is calculated by the first head that was trained on all its elements;
 * `onNotice` is told which.
 *
 * @throws {LammError} when the file is no model of ours, or has no head of that name.
 */
export function createLammS({ model = 'lamm-s-joint', head, ...options }: LammSOptions = {}): LammSCalculator {
  const loaded = typeof model === 'string' ? loadModel(modelFile(model)) : model;
  const heads = head === undefined ? headsForAtoms(loaded) : [loaded.heads[findHead(loaded, head)]];
  const choose = createChoice(loaded, heads, options);
  const conservative = loaded.config.forces === 'conservative';
  return {
    name: typeof model === 'string' && model !== 'lamm-s-joint' ? model : 'lamm-s',
    model: loaded,
    capabilities: {
      elements: new Set(heads.flatMap((each) => [...headElements(each)])),
      cutoff: loaded.config.cutoff,
      conservative,
      stress: conservative,
      heads: loaded.heads.map(({ name }) => name),
    },
    calculate: async (system) => choose(system).evaluate(system),
    calculateMany: (systems) => calculateMany(systems, choose),
    async [Symbol.asyncDispose]() {
      await choose.dispose();
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
  (system: AtomicSystem): Potential;
  dispose(): Promise<void>;
}

function createChoice(model: Model, heads: readonly ModelHead[], options: PotentialOptions): Choice {
  const potentials = new Map<string, Potential>();

  function open({ name, energiesAlone }: ModelHead, others: readonly ModelHead[]): Potential {
    const potential = createPotential(model, { ...options, head: name });
    potentials.set(name, potential);
    if (others.length > 0) {
      options.onNotice?.(
        `head ${name}; others know these elements too: ${others.map((other) => other.name).join(', ')}`,
      );
    }
    if (energiesAlone) options.onNotice?.(`head ${name} learned energies alone: its forces were compared with none`);
    return potential;
  }

  function choose({ numbers }: AtomicSystem): Potential {
    const [head, ...others] = heads.filter((each) => isKnown(numbers, headElements(each)));
    if (head === undefined) throw unknownElements(numbers, heads);
    return potentials.get(head.name) ?? open(head, others);
  }

  return Object.assign(choose, {
    async dispose() {
      for (const potential of potentials.values()) await potential[Symbol.asyncDispose]();
    },
  });
}

/** Calculates the systems of each potential together. */
async function calculateMany(
  systems: readonly AtomicSystem[],
  choose: (system: AtomicSystem) => Potential,
): Promise<CalculationResult[]> {
  const chosen = systems.map(choose);
  const results: CalculationResult[] = [];
  for (const potential of new Set(chosen)) {
    const places = [...systems.keys()].filter((place) => chosen[place] === potential);
    const evaluated = await potential.evaluateMany(places.map((place) => systems[place]));
    for (const [index, place] of places.entries()) results[place] = evaluated[index];
  }
  return results;
}

function isKnown(numbers: Uint8Array, elements: ReadonlySet<number>): boolean {
  return numbers.every((number) => elements.has(number));
}

function unknownElements(numbers: Uint8Array, heads: readonly ModelHead[]): LammError {
  const known = heads.map((head) => listElements(headElements(head)));
  const [only] = known;
  if (heads.length === 1) {
    const found = listElements(numbers.filter((number) => !headElements(heads[0]).has(number)));
    return new LammError(
      'unsupported-element',
      `this model was trained on ${only}; found ${found}, for which it would guess`,
      { expected: only, actual: found },
    );
  }
  const lines = heads.map(({ name }, index) => `${name}: ${known[index]}`).join('; ');
  const found = listElements(numbers);
  return new LammError(
    'unsupported-element',
    `no head of this model was trained on ${found} together, so it would guess (${lines})`,
    { expected: lines, actual: found },
  );
}
