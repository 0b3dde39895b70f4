import { listElements } from '../elements.js';
import { LammError } from '../errors.js';
import type { TensorData } from '../runtime/session.js';
import { cellVolume } from '../structure/cell.js';
import { type AtomicSystem, formulaOf } from '../structure/structure.js';
import { followsSystems, openFollowingEvaluator } from './following/following-evaluator.js';
import { findHead, headElements, type Model, type ModelHead, referenceTable } from './model.js';
import { type EvaluatorOptions, graphRuntime, openEvaluator } from './open-evaluator.js';
import type { RepulsionResult } from './repulsion.js';
import { stressOfParts, stressPartCount } from './stress-parts.js';
import { createListEvaluator, type SystemsEvaluation, type SystemsEvaluator } from './systems-evaluator.js';

/** Extra radius of neighbour lists in A, unless the caller says otherwise. */
export const defaultSkin = 0.7;

export interface PotentialOptions extends EvaluatorOptions {
  /** The level of theory; needed when the model has several. */
  readonly head?: string;
  /** Extra radius of the neighbour list in A, so that it need not be rebuilt at every step. */
  readonly skin?: number;
  /** Told what the engine has to say, such as that a device is not there. */
  readonly onNotice?: (notice: string) => void;
}

/** What a potential says of one system; see `CalculationResult` for shapes and units. */
export interface PotentialResult {
  readonly energy: number;
  readonly energies: Float64Array;
  readonly forces: Float64Array;
  readonly stress?: Float64Array;
  /** Last features, [N x K], where they were asked for; the energies before `repulsion` are linear in them. */
  readonly features?: TensorData['data'];
}

/** One head of a model, ready for structures. */
export interface Potential extends AsyncDisposable {
  readonly elements: ReadonlySet<number>;
  readonly conservative: boolean;
  /** Whether it gives stress where there is a volume. */
  readonly stress: boolean;
  evaluate(system: AtomicSystem): Promise<PotentialResult>;
  /**
   * Evaluates systems together, which for small ones is much faster than one by one; the results differ in rounding
   * alone.
   */
  evaluateMany(systems: readonly AtomicSystem[]): Promise<PotentialResult[]>;
}

/** Prepares a model for structures; its evaluator is made at the first evaluation. */
export function createPotential(
  model: Model,
  { head: headName, skin = defaultSkin, onNotice, ...runtime }: PotentialOptions = {},
): Potential {
  const { config } = model;
  const headIndex = findHead(model, headName);
  const head = model.heads[headIndex];
  const references = referenceTable(head);
  let evaluator: Promise<SystemsEvaluator> | undefined;

  async function open(): Promise<SystemsEvaluator> {
    const opened = followsSystems(config, runtime) ? await openFollowing() : await openListing(runtime);
    for (const notice of opened.notices) onNotice?.(notice);
    return opened;
  }

  async function openListing(options: EvaluatorOptions): Promise<SystemsEvaluator> {
    return createListEvaluator(model, await openEvaluator(model, headIndex, options), { skin });
  }

  /** On its device, or on the CPU where that is not there. */
  async function openFollowing(): Promise<SystemsEvaluator> {
    const wanted = { head: headIndex, features: runtime.features };
    const opening = openFollowingEvaluator(model, { wanted, skin, runtime: graphRuntime(runtime) });
    const { evaluator: following, notices } = await opening;
    if (following !== undefined) return following;
    const listing = await openListing({ ...runtime, device: 'cpu' });
    return { ...listing, notices: [...notices, ...listing.notices] };
  }

  async function evaluateMany(systems: readonly AtomicSystem[]): Promise<PotentialResult[]> {
    for (const system of systems) assertReferences(system, head, references);
    evaluator ??= open();
    const evaluation = await (await evaluator).evaluate(systems);
    const results = assemble(systems, { evaluation, head, references });
    results.forEach((result, place) => {
      addRepulsion(result, evaluation.repulsions[place], systems[place].cell);
      assertFinite(result);
    });
    return results;
  }

  return {
    elements: headElements(head),
    conservative: config.forces === 'conservative',
    stress: config.forces === 'conservative' || head.stress !== undefined,
    evaluate: async (system) => (await evaluateMany([system]))[0],
    evaluateMany,
    async [Symbol.asyncDispose]() {
      const opened = await evaluator?.catch(() => undefined); // which whoever evaluated was told
      await opened?.[Symbol.asyncDispose]();
    },
  };
}

interface Assembly {
  readonly evaluation: SystemsEvaluation;
  readonly head: ModelHead;
  /** By atomic number, eV. */
  readonly references: Float64Array;
}

/** Physical energies, forces and stress in double precision from what an evaluator says of the systems together. */
function assemble(systems: readonly AtomicSystem[], { evaluation, head, references }: Assembly): PotentialResult[] {
  const { energies: raw, features, strainDerivatives } = evaluation;
  const width = features === undefined ? 0 : features.length / raw.length;
  const forceScale = strainDerivatives === undefined ? head.forceScale : head.energyScale;
  const forces = Float64Array.from(evaluation.forces, (force) => force * forceScale);
  const strain = strainDerivatives && Float64Array.from(strainDerivatives, (sum) => sum * head.energyScale);
  let offset = 0;
  return systems.map(({ numbers, cell }, index) => {
    const start = offset;
    offset += numbers.length;
    const share = (head.energyOffset ?? 0) / numbers.length;
    const energies = Float64Array.from(
      numbers,
      (number, atom) => raw[start + atom] * head.energyScale + references[number] + share,
    );
    const energy = energies.reduce((sum, value) => sum + value, 0);
    const own = {
      ...{ energy, energies, forces: systems.length === 1 ? forces : forces.slice(3 * start, 3 * offset) },
      ...(features && { features: features.slice(width * start, width * offset) }),
    };
    const volume = cellVolume(cell);
    if (volume === 0) return own;
    const stress =
      strain?.slice(6 * index, 6 * index + 6).map((sum) => sum / volume) ??
      directStress(evaluation, head, [start, offset]);
    return { ...own, ...(stress && { stress }) };
  });
}

/** The stress of the structure of atoms `start` to `end` that a head says, [6]. */
function directStress(
  { stressParts: parts }: SystemsEvaluation,
  head: ModelHead,
  [start, end]: readonly [start: number, end: number],
): Float64Array | undefined {
  if (parts === undefined || head.stress === undefined) return undefined;
  const own = Array.from(
    { length: stressPartCount * (end - start) },
    (_, index) => parts[stressPartCount * start + index],
  );
  return stressOfParts(own, head.stress);
}

/** Adds the repulsion at short distances to what the network says, in place. */
function addRepulsion(
  result: Writable<PotentialResult>,
  added: RepulsionResult | undefined,
  cell: AtomicSystem['cell'],
): void {
  if (added === undefined) return;
  const { energies, forces, stress } = result;
  for (let atom = 0; atom < energies.length; atom++) {
    energies[atom] += added.energies[atom];
    result.energy += added.energies[atom];
  }
  for (let component = 0; component < forces.length; component++) forces[component] += added.forces[component];
  if (stress === undefined) return;
  const volume = cellVolume(cell);
  for (let component = 0; component < 6; component++) stress[component] += added.strainDerivative[component] / volume;
}

type Writable<Data> = { -readonly [Key in keyof Data]: Data[Key] };

/** Without a reference energy of each of its elements a structure has no energy. */
function assertReferences(system: AtomicSystem, head: ModelHead, references: Float64Array): void {
  const { numbers } = system;
  const { name } = head;
  if (!numbers.some((number) => Number.isNaN(references[number]))) return;
  const actual = listElements(numbers.filter((number) => Number.isNaN(references[number])));
  const known = headElements(head);
  if (known.size === 0) {
    const learned = head.denoising ? ', as it learned denoising' : '';
    const message = `head "${name}" has no reference energies${learned}: it gives features, but no energies; take another head or model`;
    throw new LammError('usage', message, { quantity: 'head', actual: name });
  }
  const expected = listElements(known);
  const message = `head "${name}" has no reference energy of ${actual}, found in ${formulaOf(system)}; take another head or model (known are ${expected})`;
  throw new LammError('unsupported-element', message, { quantity: 'elements', expected, actual });
}

function assertFinite({ energy, forces }: PotentialResult): void {
  if (Number.isFinite(energy) && forces.every(Number.isFinite)) return;
  throw new LammError(
    'non-finite',
    `expected finite results, found an energy of ${energy} eV; are two atoms too close?`,
    {
      quantity: 'energy',
    },
  );
}
