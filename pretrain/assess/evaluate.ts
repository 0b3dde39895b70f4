import { calculateAll } from '../../calculators/batching.js';
import type { CalculationResult, Calculator } from '../../calculators/calculator.js';
import { chemicalSymbols } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import { fitReferenceEnergies, referenceEnergyOf } from '../dataset/labels/reference-energies.js';
import { describeOrigin, type Sample } from '../dataset/sample/sample.js';
import { addError, createErrorSums, type ErrorSummary, type ErrorSums, summarizeErrors } from './error-sums.js';

/** Errors on one file, or on the frames of one `config_type` in it. */
export interface EvaluationRow {
  readonly file: string;
  readonly group?: string;
  readonly frames: number;
  readonly errors: ErrorSummary;
}

/** Errors of a calculator against labels. */
export interface Evaluation {
  readonly total: Omit<EvaluationRow, 'file'>;
  /** Each file, then its groups. */
  readonly rows: readonly EvaluationRow[];
  /** Every sample with its result. */
  readonly comparisons: readonly Comparison[];
  /** Where the energies were left on their own zero and it is another one than that of the labels. */
  readonly otherZero?: OtherZero;
}

/** Root mean square errors of the energies in eV/atom, as they are and with one energy per element fitted. */
export interface OtherZero {
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
  if (rereference) return summarizeComparisons(shiftEnergies(comparisons));
  const evaluation = summarizeComparisons(comparisons);
  const otherZero = findOtherZero(comparisons, evaluation);
  return { ...evaluation, ...(otherZero && { otherZero }) };
}

/**
 * An error in eV/atom beyond that of models of the same zero, and the part of it that may be left by a shift that
 * explains it.
 */
const suspicious = 0.1;
const explainedPart = 0.2;

function findOtherZero(comparisons: readonly Comparison[], { total }: Evaluation): OtherZero | undefined {
  const { energy } = total.errors;
  if (energy === undefined || energy.rmse < suspicious) return undefined;
  const labelled = comparisons.filter(({ sample }) => sample.energy !== undefined);
  const elements = new Set(labelled.flatMap(({ sample }) => [...sample.structure.numbers]));
  if (labelled.length < 2 * elements.size + 2) return undefined; // a shift of each would explain anything
  const fitted = summarizeComparisons(shiftEnergies(labelled)).total.errors.energy;
  if (fitted === undefined || fitted.rmse > explainedPart * energy.rmse) return undefined;
  return { rmse: energy.rmse, fitted: fitted.rmse };
}

/** The comparisons with calculated energies on the zero of the labels. */
function shiftEnergies(comparisons: readonly Comparison[]): Comparison[] {
  const shift = fitShifts(comparisons);
  return comparisons.map(({ sample, result }) => ({
    sample,
    result: { ...result, energy: result.energy + shift(sample) },
  }));
}

/** The shift of a structure's energy that brings calculated energies closest to the labels, eV. */
function fitShifts(comparisons: readonly Comparison[]): (sample: Sample) => number {
  const differences = comparisons
    .filter(({ sample }) => sample.energy !== undefined)
    .map(({ sample, result }) => ({ ...sample, energy: (sample.energy ?? 0) - result.energy }));
  const { references } = fitReferenceEnergies(differences);
  return ({ structure }) => referenceEnergyOf(references, structure);
}

interface RowSums {
  frames: number;
  readonly sums: ErrorSums;
}

function summarizeComparisons(comparisons: readonly Comparison[]): Evaluation {
  const total: RowSums = { frames: 0, sums: createErrorSums() };
  const files = new Map<string, { readonly all: RowSums; readonly groups: Map<string, RowSums> }>();
  for (const { sample, result } of comparisons) {
    const { file, group } = sample.origin;
    const entry = files.get(file) ?? {
      all: { frames: 0, sums: createErrorSums() },
      groups: new Map<string, RowSums>(),
    };
    files.set(file, entry);
    const targets = [total, entry.all];
    if (group !== undefined) {
      const row = entry.groups.get(group) ?? { frames: 0, sums: createErrorSums() };
      entry.groups.set(group, row);
      targets.push(row);
    }
    for (const row of targets) {
      row.frames++;
      addComparison(row.sums, sample, result);
    }
  }
  const finish = ({ frames, sums }: RowSums) => ({ frames, errors: summarizeErrors(sums) });
  const rows = [...files].flatMap(([file, { all, groups }]) => [
    { file, ...finish(all) },
    ...[...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([group, row]) => ({ file, group, ...finish(row) })),
  ]);
  return { total: finish(total), rows, comparisons };
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
