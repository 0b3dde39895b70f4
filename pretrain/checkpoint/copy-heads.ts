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
    if (best === undefined || best.factor === 0) {
      heads.push(head);
      if (best !== undefined) notices.push(`head ${head.name} begins anew: no head of the model agrees with its data`);
      continue;
    }
    heads.push(withReferences(head, best.references));
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
  /** The part of the labels that is left then; heads are compared by it. */
  readonly unexplained: number;
  /** Fitted to what the predictions leave of the energies then. */
  readonly references: ReferenceEnergies;
  /** Root mean squares of what is left in the end, eV/atom and eV/A; absent without labels. */
  readonly energyError?: number;
  readonly forceError?: number;
  /** Whether there are forces, and all of them are zero. */
  readonly areForcesZero: boolean;
}

interface TrialOptions extends CopyOptions {
  readonly head: PreparedHead;
  readonly samples: readonly Sample[];
}

/** The head that explains most of the labels. */
async function findBest(model: Model, trial: TrialOptions): Promise<Trial | undefined> {
  let best: Trial | undefined;
  for (const source of trial.samples.length === 0 ? [] : model.heads) {
    if (source.denoising) continue;
    const result = await tryHead(model, source, trial);
    if (best === undefined || result.unexplained < best.unexplained) best = result;
  }
  return best;
}

async function tryHead(model: Model, source: ModelHead, trial: TrialOptions): Promise<Trial> {
  const { head, samples } = trial;
  const predictions = await predict(model, source, samples);
  const energies = compareEnergies(predictions, trial);
  const forces = compareForces(samples, predictions);
  const { factor, unexplained } = fitFactor(forces, energies);
  const references = Array.from(head.normalizer.references, ([number, energy]): [number, number] => [
    number,
    energy + energies.shift(number, factor),
  ]);
  return {
    ...{ source, factor, unexplained, references: new Map(references) },
    areForcesZero: forces.count > 0 && isNegligible(forces),
    ...(energies.count > 0 && { energyError: rootMeanSquareLeft(energies, factor) }),
    ...(forces.count > 0 && { forceError: rootMeanSquareLeft(forces, factor) }),
  };
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

/** Sums over labels and what a head predicts for them. */
interface Sums {
  count: number;
  /** Squares of labels and of predictions, and their products. */
  labels: number;
  predictions: number;
  products: number;
}

function addPair(sums: Sums, label: number, prediction: number): void {
  sums.count++;
  sums.labels += label ** 2;
  sums.predictions += prediction ** 2;
  sums.products += label * prediction;
}

function compareForces(samples: readonly Sample[], predictions: readonly CalculationResult[]): Sums {
  const sums: Sums = { count: 0, labels: 0, predictions: 0, products: 0 };
  for (const [index, { forces = [], forceMask }] of samples.entries()) {
    for (const [component, force] of forces.entries()) {
      if (forceMask?.[Math.floor(component / 3)] === 0) continue;
      addPair(sums, force, predictions[index].forces[component]);
    }
  }
  return sums;
}

interface EnergySums extends Sums {
  /** What the energy of an element changes by when predictions are multiplied with a factor, eV. */
  shift(number: number, factor: number): number;
}

/** Labels and predictions per atom, each without the energies of the elements that fit them best. */
function compareEnergies(
  predictions: readonly CalculationResult[],
  { head, samples, options, energyReduction }: TrialOptions,
): EnergySums {
  const { references } = head.normalizer;
  const sums: Sums = { count: 0, labels: 0, predictions: 0, products: 0 };
  const pairs = samples.flatMap((sample, index) => {
    const { energy, structure } = sample;
    if (energy === undefined) return [];
    const label = { ...sample, energy: energy - referenceEnergyOf(references, structure) };
    return [{ label, prediction: { ...sample, energy: predictions[index].energy } }];
  });
  if (pairs.length === 0) return { ...sums, shift: () => 0 };
  const fitOptions = { fixed: unchanged(head, options), perAtom: energyReduction === 'per-atom' };
  const elementsOf = (some: readonly Sample[]) => fitReferenceEnergies(some, fitOptions).references;
  const ofLabels = elementsOf(pairs.map(({ label }) => label));
  const ofPredictions = elementsOf(pairs.map(({ prediction }) => prediction));
  const left = ({ structure, energy }: Sample & { readonly energy: number }, fitted: ReferenceEnergies) =>
    (energy - referenceEnergyOf(fitted, structure)) / structure.numbers.length;
  for (const { label, prediction } of pairs) addPair(sums, left(label, ofLabels), left(prediction, ofPredictions));
  const shift = (number: number, factor: number) =>
    (ofLabels.get(number) ?? 0) - factor * (ofPredictions.get(number) ?? 0);
  return { ...sums, shift };
}

/** Labels whose root mean square is below 1e-6 eV/A or eV/atom, or that are not there, say nothing. */
function isNegligible({ labels, count }: Sums): boolean {
  return labels <= count * 1e-12;
}

/**
 * The factor that brings predictions closest to the labels, forces and energies alike, and the part of them that is
 * left; 1 where there are no forces but zeros, as energies are few.  A head that says little would otherwise seem better
 * than one that knows the directions and says too much, as it does of elements that are new to it.
 *
 * Both count in units of the larger of labels and predictions: where forces are small, as in relaxed structures, those
 * of a good model seem far too large, and its energies are right all the same.
 */
function fitFactor(forces: Sums, energies: Sums): { readonly factor: number; readonly unexplained: number } {
  const terms = [forces, energies].filter((term) => !isNegligible(term));
  const sizeOf = ({ labels, predictions }: Sums) => Math.max(labels, predictions);
  const sum = (valueOf: (term: Sums) => number) => terms.reduce((all, term) => all + valueOf(term) / sizeOf(term), 0);
  const squares = sum(({ predictions }) => predictions);
  const best = squares === 0 ? 0 : Math.max(0, sum(({ products }) => products) / squares);
  const factor = terms.includes(forces) ? best : 1;
  return { factor, unexplained: sum((term) => squaresLeft(term, factor)) };
}

/** Sum of the squares of labels without predictions times a factor; rounding may have brought it below 0. */
function squaresLeft({ labels, products, predictions }: Sums, factor: number): number {
  return Math.max(0, labels - 2 * factor * products + factor ** 2 * predictions);
}

function rootMeanSquareLeft(sums: Sums, factor: number): number {
  return Math.sqrt(squaresLeft(sums, factor) / sums.count);
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
  { source, factor, energyError, forceError, areForcesZero }: Trial,
  count: number,
): string {
  const errors = [
    ...(energyError === undefined ? [] : [`${(1000 * energyError).toFixed(1)} meV/atom`]),
    ...(forceError === undefined ? [] : [`${(1000 * forceError).toFixed(0)} meV/A`]),
  ].join(' and ');
  const remark = areForcesZero ? '; its forces are all zero, so that energies alone say which head fits' : '';
  return `head ${name} begins as a copy of ${source.name} times ${factor.toFixed(2)}, which before any training errs by ${errors} (rms, ${countOf(count, 'structure')})${remark}`;
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
