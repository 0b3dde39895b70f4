import { LammError } from '../../src/errors.js';
import { type Estimate, estimateMean } from '../../src/statistics/confidence.js';
import type { Metrics, ValidationRecord } from './metrics-file.js';

/** The trainings of a variant, one for each seed, in the order of the seeds. */
export interface VariantRuns {
  readonly name: string;
  readonly runs: readonly Metrics[];
}

/** What is compared: an error in validation records, or a pace. */
export interface Measure {
  readonly measure: string;
  readonly subset?: string;
}

/** What the trainings of a variant came to. */
export interface VariantResult {
  readonly name: string;
  /** Smallest error, or pace, of each training. */
  readonly values: readonly number[];
  readonly estimate: Estimate;
  /**
   * Value of the first variant divided by this one's, seed by seed; of paces the other way round: above 1 this one is
   * better.
   */
  readonly gain: Estimate;
  /** Absent for paces. */
  readonly speedUp?: SpeedUp;
}

/** How soon a variant is as good as the first one ever gets, with the same seed. */
export interface SpeedUp {
  /** Steps to there; infinite where it was not reached. */
  readonly steps: readonly number[];
  /** Steps of the first variant to its best divided by these, over the trainings that reached it. */
  readonly ratio: Estimate;
  readonly reached: number;
}

const paces = ['structuresPerSecond', 'atomsPerSecond'] as const;
type Pace = (typeof paces)[number];

/** Whether a measure is a pace and no error. */
export function isPace(measure: string): measure is Pace {
  return paces.some((name) => name === measure);
}

/**
 * Compares variants with the first of them, training by training of the same seed.
 *
 * @throws {LammError} `usage` for a measure that is not in the records.
 */
export function compareVariants(variants: readonly VariantRuns[], { measure, subset }: Measure): VariantResult[] {
  if (isPace(measure)) return comparePaces(variants, measure);
  const curves = variants.map(({ runs }) => runs.map((run) => curveOf(run, { measure, subset })));
  const [baseline] = curves.map((ofVariant) => ofVariant.map(bestOf));
  return variants.map(({ name }, index) => {
    const values = curves[index].map((curve) => bestOf(curve).value);
    const steps = curves[index].map((curve, seed) => stepsTo(curve, baseline[seed].value));
    const ratios = steps.map((step, seed) => baseline[seed].step / step).filter((ratio) => ratio > 0);
    return {
      name,
      values,
      estimate: estimateMean(values),
      gain: estimateMean(values.map((value, seed) => baseline[seed].value / value)),
      speedUp: { steps, reached: ratios.length, ratio: estimateMean(ratios) },
    };
  });
}

function comparePaces(variants: readonly VariantRuns[], pace: Pace): VariantResult[] {
  const key = pace === 'atomsPerSecond' ? 'atoms' : 'structures';
  const paceOf = ({ training }: Metrics) => {
    const total = (name: 'seconds' | typeof key) => training.reduce((sum, record) => sum + record[name], 0);
    return total(key) / total('seconds');
  };
  const values = variants.map(({ runs }) => runs.map(paceOf));
  return variants.map(({ name }, index) => ({
    name,
    values: values[index],
    estimate: estimateMean(values[index]),
    gain: estimateMean(values[index].map((value, seed) => value / values[0][seed])),
  }));
}

/** The smallest errors of one kind on one subset, by variant. */
export interface SubsetRow {
  readonly subset: string;
  readonly measure: string;
  readonly estimates: readonly Estimate[];
}

/** The smallest mean absolute errors on every subset, where there are several. */
export function compareSubsets(variants: readonly VariantRuns[]): SubsetRow[] {
  const { subsets = {} } = variants[0].runs[0].validation.at(-1) ?? {};
  const names = Object.keys(subsets);
  if (names.length < 2) return [];
  return names.flatMap((subset) =>
    Object.keys(subsets[subset])
      .filter((measure) => /Mae/.test(measure))
      .map((measure) => ({
        subset,
        measure,
        estimates: variants.map(({ runs }) =>
          estimateMean(runs.map((run) => bestOf(curveOf(run, { measure, subset })).value)),
        ),
      })),
  );
}

/** An error over the steps of a training. */
export interface ErrorCurve {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/**
 * The validation errors of a training.
 *
 * @throws {LammError} `usage` when no record has the measure; the message lists what they have.
 */
export function curveOf({ validation }: Metrics, { measure, subset }: Measure): ErrorCurve {
  const valueOf = (record: ValidationRecord) => namedErrors(record, subset)[measure];
  const known = validation.filter((record) => valueOf(record) !== undefined);
  if (known.length === 0) throw unknownMeasure(validation, { measure, subset });
  return { steps: known.map(({ step }) => step), values: known.map(valueOf) };
}

function namedErrors({ loss, total, subsets }: ValidationRecord, subset: string | undefined) {
  return subset === undefined ? { loss, ...total } : (subsets[subset] ?? {});
}

function unknownMeasure(validation: readonly ValidationRecord[], { measure, subset }: Measure): LammError {
  const [record] = validation;
  const known = record === undefined ? 'no validation' : Object.keys(namedErrors(record, subset)).join(', ');
  const subsets = Object.keys(record?.subsets ?? {}).join(', ');
  return new LammError(
    'usage',
    `expected a measure that the validation has, found "${measure}"${subset === undefined ? '' : ` of the subset "${subset}"`}; ` +
      `there are ${[...paces, known].join(', ')}; subsets: ${subsets || 'none'}`,
    { quantity: 'measure' },
  );
}

function bestOf({ steps, values }: ErrorCurve): { readonly step: number; readonly value: number } {
  const value = Math.min(...values);
  return { value, step: steps[values.indexOf(value)] };
}

/**
 * Steps after which a curve first is at most `value`, on straight lines between its points; infinite when it never is.
 */
export function stepsTo({ steps, values }: ErrorCurve, value: number): number {
  const index = values.findIndex((each) => each <= value);
  if (index < 0) return Number.POSITIVE_INFINITY;
  if (index === 0) return steps[0];
  const part = (values[index - 1] - value) / (values[index - 1] - values[index]);
  return steps[index - 1] + part * (steps[index] - steps[index - 1]);
}
