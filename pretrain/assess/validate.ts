import { type Communicator, singleProcess } from '../../src/parallel/communicator.js';
import { sumRecords } from '../../src/parallel/sum-records.js';
import { batchOf } from '../balance/batch-plan.js';
import { type BatchBudget, fillInOrder } from '../balance/in-order.js';
import { collate, headOf, weightOf } from '../batch/batch.js';
import type { Example, ExampleStore } from '../dataset/graphs.js';
import type { EnergyReduction, Normalizer } from '../dataset/labels/normalizer.js';
import {
  isLabelled,
  type JudgedTerm,
  judgedTerms,
  type PerTerm,
  perTerm,
  termLabels,
} from '../dataset/labels/terms.js';
import type { ForceReduction } from '../step/loss.js';
import type { BatchPredictions, TrainStep } from '../step/train-step.js';
import {
  addError,
  createErrorSums,
  type ErrorSummary,
  type ErrorSums,
  errorRecord,
  summarizeErrors,
} from './error-sums.js';

/** Errors of a model on a set of samples. */
export interface ValidationResult {
  /** The training loss over the whole set; the model with the smallest is the best. */
  readonly loss: number;
  readonly total: ErrorSummary;
  /** Errors by file, in the order of the files. */
  readonly files: Readonly<Record<string, ErrorSummary>>;
  /** Loss and errors of each subset of a joint data set alone, whatever its weight. */
  readonly subsets?: Readonly<Record<string, { readonly loss: number; readonly errors: ErrorSummary }>>;
}

/** Loss and errors as a line of the metrics has them. */
export function validationRecord({ loss, total, files, subsets }: ValidationResult): Record<string, unknown> {
  const mapped = <Value>(values: Readonly<Record<string, Value>>, recordOf: (value: Value) => object) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, recordOf(value)]));
  return {
    loss,
    ...errorRecord(total),
    files: mapped(files, errorRecord),
    ...(subsets && { subsets: mapped(subsets, ({ loss, errors }) => ({ loss, ...errorRecord(errors) })) }),
  };
}

export interface ValidationOptions {
  readonly trainStep: Pick<TrainStep, 'evaluate'>;
  /** One for each head. */
  readonly normalizers: readonly Normalizer[];
  readonly budget: BatchBudget;
  /** Factor on the loss of each term. */
  readonly weights: Pick<PerTerm<number>, JudgedTerm>;
  readonly energyReduction: EnergyReduction;
  readonly forceReduction: ForceReduction;
  /** Ranks that share the work and all have the result; one alone when absent. */
  readonly communicator?: Communicator;
}

/** Sum of the losses of one term and what it is divided by. */
interface TermSum {
  loss: number;
  count: number;
}

interface Sums {
  readonly losses: PerTerm<TermSum>;
  readonly errors: ErrorSums;
}

interface Totals {
  readonly all: Sums;
  readonly files: ReadonlyMap<string, Sums>;
  readonly subsets: ReadonlyMap<string, Sums>;
}

/** Predicts every sample of `store` with `parameters`, [P], and compares with its labels. */
export async function validate(
  store: ExampleStore,
  parameters: Float32Array,
  options: ValidationOptions,
): Promise<ValidationResult> {
  const { budget, communicator = singleProcess() } = options;
  const totals = createTotals(store);
  const order = Uint32Array.from({ length: store.samples.length }, (_, index) => index);
  const plan = fillInOrder(order, store.sizes, { budget, ranks: communicator.size });
  for (let step = 0; step < plan.stepCount; step++) {
    const examples = Array.from(batchOf(plan, step, communicator.rank), (index) => store.example(index));
    if (examples.length === 0) continue;
    const predictions = await options.trainStep.evaluate(collate(examples, options.normalizers), parameters);
    let atom = 0;
    for (const [structure, example] of examples.entries()) {
      compare(totals, example, { predictions, first: { structure, atom } }, options);
      atom += example.sample.structure.numbers.length;
    }
  }
  const { all, files, subsets } = await sumOverRanks(totals, communicator);
  return {
    loss: lossOf(all, options),
    total: summarizeErrors(all.errors),
    files: mapValues(files, ({ errors }) => summarizeErrors(errors)),
    ...(subsets.size > 0 && {
      subsets: mapValues(subsets, (sums) => ({ loss: lossOf(sums, options), errors: summarizeErrors(sums.errors) })),
    }),
  };
}

/** Sums of zero for all files and subsets, in the same order on all ranks. */
function createTotals({ samples }: ExampleStore): Totals {
  const create = (): Sums => ({
    losses: perTerm(() => ({ loss: 0, count: 0 })),
    errors: createErrorSums(),
  });
  const files = new Map<string, Sums>();
  const subsets = new Map<string, Sums>();
  for (const { origin, subset } of samples) {
    if (!files.has(origin.file)) files.set(origin.file, create());
    if (subset !== undefined && !subsets.has(subset.name)) subsets.set(subset.name, create());
  }
  return { all: create(), files, subsets };
}

function lossOf({ losses }: Sums, { weights }: ValidationOptions): number {
  return judgedTerms.reduce((sum, term) => {
    const { loss, count } = losses[term];
    return sum + (weights[term] * loss) / Math.max(1, count);
  }, 0);
}

async function sumOverRanks({ all, files, subsets }: Totals, communicator: Communicator): Promise<Totals> {
  const records = { all, files: Object.fromEntries(files), subsets: Object.fromEntries(subsets) };
  const sums = await sumRecords(communicator, records);
  const inOrder = (names: Iterable<string>, byName: Readonly<Record<string, Sums>>) =>
    new Map(Array.from(names, (name) => [name, byName[name]]));
  return {
    all: sums.all,
    files: inOrder(files.keys(), sums.files),
    subsets: inOrder(subsets.keys(), sums.subsets),
  };
}

interface PredictedRows {
  readonly predictions: BatchPredictions;
  /** Rows of the batch with which the example begins. */
  readonly first: { readonly structure: number; readonly atom: number };
}

/** Adds the losses and errors of one example, term by term. */
function compare(totals: Totals, example: Example, predicted: PredictedRows, options: ValidationOptions): void {
  const { origin, subset } = example.sample;
  const parts = [totals.files.get(origin.file), subset && totals.subsets.get(subset.name)];
  const targets = [totals.all, ...parts].filter((sums) => sums !== undefined);
  for (const term of judgedTerms) {
    const lengths = compareTerm(
      term,
      targets.map(({ errors }) => errors),
      { example, predicted, normalizer: options.normalizers[headOf(example)] },
    );
    if (lengths.length === 0) continue;
    const { loss, count } = reduceTerm(term, lengths, {
      ...options,
      atomCount: example.sample.structure.numbers.length,
    });
    for (const { losses } of targets) {
      losses[term].loss += losses === totals.all.losses ? weightOf(example) * loss : loss;
      losses[term].count += count;
    }
  }
}

/** The loss of one example of one term, and what it adds to the number over which losses are averaged. */
function reduceTerm(
  term: JudgedTerm,
  lengths: readonly number[],
  { energyReduction, forceReduction, atomCount }: ValidationOptions & { readonly atomCount: number },
): TermSum {
  const loss = lengths.reduce((total, length) => total + length, 0);
  if (term === 'energy') return { loss: energyReduction === 'per-atom' ? loss / atomCount : loss, count: 1 };
  return term === 'forces' && forceReduction === 'atom'
    ? { loss, count: lengths.length }
    : { loss: loss / lengths.length, count: 1 };
}

interface TermComparison {
  readonly example: Example;
  readonly predicted: PredictedRows;
  readonly normalizer: Normalizer;
}

/** Adds the errors of all components; returns the lengths of the normalised errors of the rows that are labels. */
function compareTerm(
  term: JudgedTerm,
  targets: readonly ErrorSums[],
  { example: { sample }, predicted: { predictions, first }, normalizer }: TermComparison,
): number[] {
  const { read, rowsPer, componentWeights, scale } = termLabels[term];
  const values = predictions[term];
  const label = read(sample, normalizer);
  if (values === undefined || label === undefined) return [];
  const width = componentWeights.length;
  const quantity = term === 'forces' && sample.subset?.noise !== undefined ? 'noise' : term;
  const unit = scale(normalizer) / (term === 'energy' ? sample.structure.numbers.length : 1);
  const lengths: number[] = [];
  for (let row = 0; row < label.length / width; row++) {
    if (!isLabelled(term, sample, row)) continue;
    let square = 0;
    for (let component = 0; component < width; component++) {
      const error = values[width * (first[rowsPer] + row) + component] - label[width * row + component];
      square += componentWeights[component] * error * error;
      for (const sums of targets) addError(sums, quantity, error * unit);
    }
    lengths.push(Math.sqrt(square));
  }
  return lengths;
}

function mapValues<In, Out>(map: ReadonlyMap<string, In>, change: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value)]));
}
