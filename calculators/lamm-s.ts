import { fileURLToPath } from 'node:url';
import { listElements } from '../src/elements.js';
import { LammError } from '../src/errors.js';
import { loadModel } from '../src/models/load-model.js';
import type { Model } from '../src/models/model.js';
import { createPotential, type Potential, type PotentialOptions } from '../src/models/potential.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult, Calculator } from './calculator.js';

export interface LammSOptions extends PotentialOptions {
  /** A model, or the path of its file; the embedded model when absent. */
  readonly model?: string | Model;
}

/** The file of the model that comes with this package. */
export const embeddedModelFile = fileURLToPath(new URL('./weights/lamm-s-metals.safetensors', import.meta.url));

/**
 * Creates a calculator from a trained LaMM-S model.  The model is read at once, its graph is compiled at the first calculation.
 *
 * @throws {LammError} when the file is no model of ours, or has no head of that name.
 */
export function createLammS({
  model = embeddedModelFile,
  ...options
}: LammSOptions = {}): Calculator & { readonly model: Model } {
  const loaded = typeof model === 'string' ? loadModel(model) : model;
  const potential = createPotential(loaded, options);
  const { elements, conservative } = potential;
  return {
    name: 'lamm-s',
    model: loaded,
    capabilities: {
      elements,
      cutoff: loaded.config.cutoff,
      conservative,
      stress: conservative,
      heads: loaded.heads.map((head) => head.name),
    },
    calculate: async (system) => (await calculateMany(potential, [system]))[0],
    calculateMany: (systems) => calculateMany(potential, systems),
    [Symbol.asyncDispose]: () => potential[Symbol.asyncDispose](),
  };
}

async function calculateMany(potential: Potential, systems: readonly AtomicSystem[]): Promise<CalculationResult[]> {
  for (const { numbers } of systems) assertKnown(potential, numbers);
  return potential.evaluateMany(systems);
}

function assertKnown({ elements }: Potential, numbers: Uint8Array): void {
  const unknown = numbers.filter((number) => !elements.has(number));
  if (unknown.length === 0) return;
  const known = listElements(elements);
  const found = listElements(unknown);
  throw new LammError(
    'unsupported-element',
    `this model was trained on ${known}; found ${found}, for which it would guess`,
    { expected: known, actual: found },
  );
}
