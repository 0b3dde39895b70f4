import { calculateAll } from '../../calculators/batching.js';
import type { CalculationResult, Calculator } from '../../calculators/calculator.js';
import { chemicalSymbols } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import { groupBy } from '../../src/group-by.js';
import { fitReferenceEnergies, referenceEnergyOf } from '../dataset/labels/reference-energies.js';
import { describeOrigin, type Sample } from '../dataset/sample/sample.js';
import { addError, createErrorSums, type ErrorSummary, type ErrorSums, summarizeErrors } from './error-sums.js';

/** Errors on a set of frames. */
export interface SetErrors {
  readonly frames: number;
  readonly errors: ErrorSummary;
}

/** Errors on one file, or on the frames of one `config_type` in it. */
export interface EvaluationRow extends SetErrors {
  readonly file: string;
  /** The level of theory that answered, where there are several: a row is of one of them. */
  readonly head?: string;
  readonly group?: string;
}

/** Errors of a calculator against labels. */
export interface Evaluation {
  /** Without energies where several levels of theory answered: each has a zero of its own. */
  readonly total: SetErrors;
  /** Each level of theory where several answered; otherwise none. */
  readonly byHead: readonly (SetErrors & { readonly head: string })[];
  /** Each file, then its groups. */
  readonly rows: readonly EvaluationRow[];
  /** Every sample with its result. */
  readonly comparisons: readonly Comparison[];
  /** Where the energies were left on their own zero and it is another one than that of the labels. */
  readonly otherZeros: readonly OtherZero[];
}

/** Root mean square errors of the energies in eV/atom, as they are and with one energy per element fitted. */
export interface OtherZero {
  /** Where several levels of theory answered. */
  readonly head?: string;
  readonly rmse: number;
  readonly fitted: number;
}

/** A sample and what was calculated for it. */
export interface Comparison {
  readonly sample: Sample;
  readonly result: CalculationResult;
}

export interface EvaluateOptions {
  /**
   * Whether to fit one energy per element to the differences first, so that calculators whose energies start from
   * another zero can be compared.
   */
  readonly rereference?: boolean;
}

/**
 * Calculates every sample and compares energy per atom, force components and stress components with its labels.
 * Yields the number of samples done.
 *
 * @throws {LammError} `unsupported-element` before anything is calculated when the calculator does not know an element.
 */
export async function* evaluate(
  calculator: Calculator,
  samples: readonly Sample[],
  { rereference = false }: EvaluateOptions = {},
): AsyncGenerator<number, Evaluation> {
  assertSupported(calculator, samples);
  const comparisons: Comparison[] = [];
  const structures = samples.map(({ structure }) => structure);
  for await (const result of calculateAll(calculator, structures)) {
    comparisons.push({ sample: samples[comparisons.length], result });
    yield comparisons.length;
  }
  if (rereference) return { ...summarizeComparisons(shiftEnergies(comparisons)), otherZeros: [] };
  return { ...summarizeComparisons(comparisons), otherZeros: comparisonsByHead(comparisons).flatMap(findOtherZero) };
}

/** Comparisons that one level of theory answered; without its name where it answered all. */
export interface HeadComparisons {
  readonly head?: string;
  readonly comparisons: readonly Comparison[];
}

/** The comparisons by the level of theory that answered, whose energies have a zero of their own. */
export function comparisonsByHead(comparisons: readonly Comparison[]): HeadComparisons[] {
  const heads = groupBy(comparisons, ({ result }) => result.head);
  if (heads.size < 2) return [{ comparisons }];
  return Array.from(heads, ([head, ofHead]) => ({ ...(head !== undefined && { head }), comparisons: ofHead }));
}

/**
 * An error in eV/atom beyond that of models of the same zero, and the part of it that may be left by a shift that
 * explains it.
 */
const suspicious = 0.1;
const explainedPart = 0.2;

function findOtherZero({ head, comparisons }: HeadComparisons): OtherZero[] {
  const rmseOf = (some: readonly Comparison[]) => errorsOf(some).errors.energy?.rmse ?? 0;
  const rmse = rmseOf(comparisons);
  if (rmse < suspicious) return [];
  const labelled = comparisons.filter(({ sample }) => sample.energy !== undefined);
  const elements = new Set(labelled.flatMap(({ sample }) => [...sample.structure.numbers]));
  if (labelled.length < 2 * elements.size + 2) return []; // a shift of each would explain anything
  const fitted = rmseOf(shiftEnergies(labelled));
  return fitted > explainedPart * rmse ? [] : [{ ...(head !== undefined && { head }), rmse, fitted }];
}

/** The comparisons with calculated energies on the zero of the labels, for each level of theory by itself. */
function shiftEnergies(comparisons: readonly Comparison[]): Comparison[] {
  const shifts = new Map(
    comparisonsByHead(comparisons).map(({ head, comparisons: ofHead }) => [head, fitShifts(ofHead)]),
  );
  const only = shifts.get(undefined);
  return comparisons.map(({ sample, result }) => {
    const shift = shifts.get(result.head) ?? only;
    return { sample, result: { ...result, energy: result.energy + (shift?.(sample) ?? 0) } };
  });
}

/** The shift of a structure's energy that brings calculated energies closest to the labels, eV. */
function fitShifts(comparisons: readonly Comparison[]): (sample: Sample) => number {
  const differences = comparisons
    .filter(({ sample }) => sample.energy !== undefined)
    .map(({ sample, result }) => ({ ...sample, energy: (sample.energy ?? 0) - result.energy }));
  const { references } = fitReferenceEnergies(differences);
  return ({ structure }) => referenceEnergyOf(references, structure);
}

function summarizeComparisons(comparisons: readonly Comparison[]): Omit<Evaluation, 'otherZeros'> {
  const byHead = comparisonsByHead(comparisons);
  const { frames, errors } = errorsOf(comparisons);
  const { energy, ...others } = errors;
  return {
    total: { frames, errors: byHead.length > 1 ? others : errors },
    byHead: byHead.flatMap(({ head, comparisons }) => (head === undefined ? [] : [{ head, ...errorsOf(comparisons) }])),
    rows: rowsOf(comparisons),
    comparisons,
  };
}

/** The comparisons of each file, of each level of theory in it where several answered at all. */
export function comparisonsByFile(
  comparisons: readonly Comparison[],
): (HeadComparisons & Pick<EvaluationRow, 'file'>)[] {
  const byFile = groupBy(comparisons, ({ sample }) => sample.origin.file);
  const hasHeads = comparisonsByHead(comparisons).length > 1;
  return [...byFile].flatMap(([file, ofFile]) =>
    [...groupBy(ofFile, ({ result }) => (hasHeads ? result.head : undefined))].map(([head, comparisons]) => ({
      ...{ file, comparisons },
      ...(head !== undefined && { head }),
    })),
  );
}

function rowsOf(comparisons: readonly Comparison[]): EvaluationRow[] {
  return comparisonsByFile(comparisons).flatMap(({ comparisons: chosen, ...set }) => {
    const groups = [...groupBy(chosen, ({ sample }) => sample.origin.group)];
    return [
      { ...set, ...errorsOf(chosen) },
      ...groups
        .flatMap(([group, ofGroup]) => (group === undefined ? [] : [{ ...set, group, ...errorsOf(ofGroup) }]))
        .sort((a, b) => (a.group < b.group ? -1 : 1)),
    ];
  });
}

function errorsOf(comparisons: readonly Comparison[]): SetErrors {
  const sums = createErrorSums();
  for (const { sample, result } of comparisons) addComparison(sums, sample, result);
  return { frames: comparisons.length, errors: summarizeErrors(sums) };
}

function addComparison(
  sums: ErrorSums,
  { structure, energy, forces, stress }: Sample,
  result: CalculationResult,
): void {
  if (energy !== undefined) addError(sums, 'energy', (result.energy - energy) / structure.numbers.length);
  forces?.forEach((force, component) => addError(sums, 'forces', result.forces[component] - force));
  const calculated = result.stress;
  if (calculated !== undefined)
    stress?.forEach((value, component) => addError(sums, 'stress', calculated[component] - value));
}

function assertSupported({ name, capabilities }: Calculator, samples: readonly Sample[]): void {
  const { elements } = capabilities;
  if (elements === null) return;
  for (const { structure, origin } of samples) {
    const unknown = structure.numbers.find((number) => !elements.has(number));
    if (unknown === undefined) continue;
    const known = [...elements].sort((a, b) => a - b).map((number) => chemicalSymbols[number]);
    throw new LammError(
      'unsupported-element',
      `${describeOrigin(origin)} holds ${chemicalSymbols[unknown]}, which ${name} does not know (it knows ${known.join(' ')}); ` +
        'leave the frame out or choose another calculator',
    );
  }
}
