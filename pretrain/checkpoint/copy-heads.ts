import { calculateAll } from '../../calculators/batching.js';
import type { CalculationResult } from '../../calculators/calculator.js';
import { createModelCalculator } from '../../calculators/model-calculator.js';
import { countOf } from '../../src/count-of.js';
import { atomicNumber, chemicalSymbols } from '../../src/elements.js';
import { layoutFor, partOf } from '../../src/models/kinds.js';
import { headElements, type Model, type ModelHead } from '../../src/models/model.js';
import { periodicPlace } from '../../src/periodic-table.js';
import { type DataOptions, subsetsOf } from '../config/data-config.js';
import type { EnergyReduction } from '../dataset/labels/normalizer.js';
import {
  fitReferenceEnergies,
  type ReferenceEnergies,
  referenceEnergyOf,
} from '../dataset/labels/reference-energies.js';
import { summarizeFit } from '../dataset/load/summary.js';
import { assertRoom, headOf, type PreparedData } from '../dataset/prepare-data.js';
import type { PreparedHead } from '../dataset/prepare-head.js';
import { type Sample, sampleEvenly } from '../dataset/sample/sample.js';
import type { HeadCopy, StartingModel } from './start-from-model.js';

/** A model whose heads are to be copied, and the data on the zero of their energies. */
export interface CopiedHeads {
  readonly from: StartingModel;
  readonly data: PreparedData;
  /** What the user should know. */
  readonly notices: readonly string[];
}

export interface CopyOptions {
  /** Where the data come from: energies of single atoms that are given there stay as they are. */
  readonly options: DataOptions;
  readonly energyReduction: EnergyReduction;
}

/**
 * Finds for each head of the data the head of the model that predicts it best, to begin as a copy of it.  Its reference
 * energies are fitted to what the predictions leave of the labels, so that the training begins with what the model
 * knows and not with the difference of two zeros.
 *
 * An element that the model was not trained on begins as the nearest one in the periodic table that it was.
 *
 * @throws {LammError} `unsupported-element` when the model has no room for an element.
 */
export async function copyHeads(from: StartingModel, data: PreparedData, options: CopyOptions): Promise<CopiedHeads> {
  assertRoom(data.elements, from.model.config.elementCount);
  const { model, learned } = withElements(from.model, data.elements);
  const list = learned.map(([number, as]) => `${chemicalSymbols[number]}, which begins as ${chemicalSymbols[as]}`);
  const notices = list.length === 0 ? [] : [`new to the model: ${list.join('; ')}`];
  const copies = new Map<string, HeadCopy>();
  const heads: PreparedHead[] = [];
  for (const [index, head] of data.heads.entries()) {
    const samples = head.fit === undefined ? [] : pickSamples(data, index);
    const best = await findBest(model, { head, samples, ...options });
    heads.push(best === undefined ? head : withReferences(head, best.references));
    if (best === undefined) continue;
    copies.set(head.name, { head: best.source.name, factor: best.factor });
    notices.push(describeTrial(head, best, samples.length));
  }
  return { from: { ...from, model, copies }, data: { ...data, heads }, notices };
}

/** Number of atoms on which heads are tried. */
const trialAtoms = 5000;

/** Training samples of a head from all over the data, at least one of them. */
function pickSamples({ training }: PreparedData, head: number): Sample[] {
  const isOwn = ({ subset }: Sample) => (subset?.head ?? 0) === head;
  let atoms = 0;
  for (const sample of training) if (isOwn(sample)) atoms += sample.structure.numbers.length;
  return sampleEvenly(training, isOwn, Math.max(1, atoms / trialAtoms));
}

/** How a head of the model does on samples of a head of the data. */
interface Trial {
  readonly source: ModelHead;
  /** What its predictions are multiplied with. */
  readonly factor: number;
  /** Fitted to what the predictions leave of the energies then. */
  readonly references: ReferenceEnergies;
  /** Root mean squares of what is left in the end, eV/atom and eV/A; absent without labels. */
  readonly energyError?: number;
  readonly forceError?: number;
}

interface TrialOptions extends CopyOptions {
  readonly head: PreparedHead;
  readonly samples: readonly Sample[];
}

/** The head with the smallest error of forces, of which there are many, or of energies where there are no forces. */
async function findBest(model: Model, trial: TrialOptions): Promise<Trial | undefined> {
  const errorOf = ({ energyError = 0, forceError = energyError }: Trial) => forceError;
  let best: Trial | undefined;
  for (const source of trial.samples.length === 0 ? [] : model.heads) {
    if (source.denoising) continue;
    const result = await tryHead(model, source, trial);
    if (best === undefined || errorOf(result) < errorOf(best)) best = result;
  }
  return best;
}

async function tryHead(model: Model, source: ModelHead, trial: TrialOptions): Promise<Trial> {
  const { head, samples, options, energyReduction } = trial;
  const { references } = head.normalizer;
  const predictions = await predict(model, source, samples);
  const { factor, error: forceError } = fitFactor(samples, predictions);
  const left = samples.flatMap((sample, index) => {
    const { energy, structure } = sample;
    if (energy === undefined) return [];
    return [
      { ...sample, energy: energy - referenceEnergyOf(references, structure) - factor * predictions[index].energy },
    ];
  });
  if (left.length === 0) return { source, factor, references, forceError };
  const fit = fitReferenceEnergies(left, { fixed: unchanged(head, options), perAtom: energyReduction === 'per-atom' });
  const shifted = Array.from(references, ([number, energy]): [number, number] => [
    number,
    energy + (fit.references.get(number) ?? 0),
  ]);
  return { source, factor, references: new Map(shifted), energyError: summarizeFit(left, fit).residual, forceError };
}

/** What the network says of the samples, in eV and eV/A of the head, without reference energies. */
async function predict(model: Model, { name }: ModelHead, samples: readonly Sample[]): Promise<CalculationResult[]> {
  const elements = new Set(samples.flatMap(({ structure }) => [...structure.numbers]));
  const referenceEnergies = Object.fromEntries(Array.from(elements, (number) => [chemicalSymbols[number], 0]));
  const heads = model.heads.map((each) => ({ ...each, referenceEnergies, energyOffset: 0 }));
  await using calculator = createModelCalculator({ model: { ...model, heads }, head: name, threads: 1 }); // the same bits at every start
  const structures = samples.map(({ structure }) => structure);
  const predictions: CalculationResult[] = [];
  for await (const result of calculateAll(calculator, structures)) predictions.push(result);
  return predictions;
}

/**
 * The factor that brings predicted forces closest to the labels.  A head that says little would otherwise seem better
 * than one that knows the directions and says too much, as it does of elements that are new to it.
 */
function fitFactor(
  samples: readonly Sample[],
  predictions: readonly CalculationResult[],
): { factor: number; error?: number } {
  let [labels, products, squares, count] = [0, 0, 0, 0];
  for (const [index, { forces = [], forceMask }] of samples.entries()) {
    for (const [component, force] of forces.entries()) {
      if (forceMask?.[Math.floor(component / 3)] === 0) continue;
      const predicted = predictions[index].forces[component];
      labels += force ** 2;
      products += force * predicted;
      squares += predicted ** 2;
      count++;
    }
  }
  if (count === 0) return { factor: 1 };
  const factor = squares === 0 ? 0 : Math.max(0, products / squares);
  const left = labels - 2 * factor * products + factor ** 2 * squares; // by rounding it may be just below 0
  return { factor, error: Math.sqrt(Math.max(0, left) / count) };
}

/** No change for the elements whose energies were given. */
function unchanged({ name }: PreparedHead, options: DataOptions): ReferenceEnergies {
  const given = subsetsOf(options).filter((subset) => headOf(subset) === name);
  return new Map(
    given.flatMap(({ referenceEnergies }) => Object.keys(referenceEnergies).map((symbol) => [atomicNumber(symbol), 0])),
  );
}

function withReferences(head: PreparedHead, references: ReferenceEnergies): PreparedHead {
  return { ...head, normalizer: { ...head.normalizer, references } };
}

function describeTrial(
  { name }: PreparedHead,
  { source, factor, energyError, forceError }: Trial,
  count: number,
): string {
  const errors = [
    ...(energyError === undefined ? [] : [`${(1000 * energyError).toFixed(1)} meV/atom`]),
    ...(forceError === undefined ? [] : [`${(1000 * forceError).toFixed(0)} meV/A`]),
  ].join(' and ');
  return `head ${name} begins as a copy of ${source.name} times ${factor.toFixed(2)}, which before any training errs by ${errors} (rms, ${countOf(count, 'structure')})`;
}

/**
 * The model with the rows of elements that it was not trained on taken from the nearest that it was, and which these
 * are.
 */
function withElements(
  model: Model,
  elements: readonly number[],
): { model: Model; learned: [number: number, as: number][] } {
  const known = [...new Set(model.heads.flatMap((head) => [...headElements(head)]))];
  const learned = elements
    .filter((number) => !known.includes(number))
    .map((number): [number, number] => [number, nearestElement(number, known)]);
  const parameters = model.parameters.slice();
  for (const { name, offset, shape } of layoutFor(model.config).entries) {
    const part = partOf(model.config, name);
    if (part.kind !== 'embedding') continue;
    const rowOf = (number: number) => offset + (number - part.firstElement) * shape[1];
    for (const [number, as] of learned) parameters.copyWithin(rowOf(number), rowOf(as), rowOf(as) + shape[1]);
  }
  return { model: { ...model, parameters }, learned };
}

function nearestElement(number: number, known: readonly number[]): number {
  const place = periodicPlace(number);
  const distance = (other: number) => {
    const { group, period } = periodicPlace(other);
    return (group - place.group) ** 2 + (period - place.period) ** 2;
  };
  return known.reduce((nearest, other) => (distance(other) < distance(nearest) ? other : nearest));
}
