import { batchOf } from '../balance/batch-plan.js';
import { type BatchBudget, fillInOrder } from '../balance/in-order.js';
import { collate, headOf, weightOf } from '../batch/batch.js';
import type { Example, ExampleStore } from '../dataset/graphs.js';
import { type EnergyReduction, type Normalizer, normalizedEnergy } from '../dataset/labels/normalizer.js';
import type { Sample } from '../dataset/sample/sample.js';
import { type Communicator, singleProcess } from '../parallel/communicator.js';
import type { ForceReduction } from '../step/loss.js';
import type { TrainStep } from '../step/train-step.js';
import {
  addError,
  createErrorSums,
  type ErrorSummary,
  type ErrorSums,
  readErrorSums,
  summarizeErrors,
  writeErrorSums,
} from './error-sums.js';

/** Errors of a model on a set of samples. */
export interface ValidationResult {
  /** The training loss over the whole set; the model with the smallest is the best. */
  readonly loss: number;
  readonly total: ErrorSummary;
  /** The same by file, in the order of the files. */
  readonly files: Readonly<Record<string, ErrorSummary>>;
  /** Loss and errors of each subset of a joint data set alone, whatever its weight. */
  readonly subsets?: Readonly<Record<string, { readonly loss: number; readonly errors: ErrorSummary }>>;
}

export interface ValidationOptions {
  readonly trainStep: Pick<TrainStep, 'evaluate'>;
  /** One for each head. */
  readonly normalizers: readonly Normalizer[];
  readonly budget: BatchBudget;
  readonly energyWeight: number;
  readonly forceWeight: number;
  readonly energyReduction: EnergyReduction;
  readonly forceReduction: ForceReduction;
  /** Ranks that share the work and all have the result; one alone when absent. */
  readonly communicator?: Communicator;
}

/** Sums of losses and numbers of labels. */
interface LossSums {
  energyLoss: number;
  energyCount: number;
  forceLoss: number;
  forceCount: number;
}

interface Sums {
  readonly losses: LossSums;
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
    const { energies, forces } = await options.trainStep.evaluate(collate(examples, options.normalizers), parameters);
    let atomOffset = 0;
    for (const [row, example] of examples.entries()) {
      const end = atomOffset + example.sample.structure.numbers.length;
      compare(totals, example, { energy: energies[row], forces: forces.subarray(3 * atomOffset, 3 * end) }, options);
      atomOffset = end;
    }
  }
  await sumOverRanks([totals.all, ...totals.files.values(), ...totals.subsets.values()], communicator);
  const { all, files, subsets } = totals;
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
    losses: { energyLoss: 0, energyCount: 0, forceLoss: 0, forceCount: 0 },
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

function lossOf(
  { losses: { energyLoss, energyCount, forceLoss, forceCount } }: Sums,
  { energyWeight, forceWeight }: ValidationOptions,
): number {
  return (energyWeight * energyLoss) / Math.max(1, energyCount) + (forceWeight * forceLoss) / Math.max(1, forceCount);
}

const lossNames = ['energyLoss', 'energyCount', 'forceLoss', 'forceCount'] as const;

async function sumOverRanks(all: readonly Sums[], communicator: Communicator): Promise<void> {
  const values = Float64Array.from(
    all.flatMap(({ losses, errors }) => [...lossNames.map((name) => losses[name]), ...readErrorSums(errors)]),
  );
  await communicator.sum(values);
  let next = 0;
  for (const { losses, errors } of all) {
    for (const name of lossNames) losses[name] = values[next++];
    next = writeErrorSums(errors, values, next);
  }
}

interface NormalizedPrediction {
  readonly energy: number;
  readonly forces: Float32Array;
}

function compare(
  totals: Totals,
  example: Example,
  predicted: NormalizedPrediction,
  { normalizers, energyReduction, forceReduction }: ValidationOptions,
): void {
  const { sample } = example;
  const { structure, energy, origin, subset } = sample;
  const normalizer = normalizers[headOf(example)];
  const atomCount = structure.numbers.length;
  const parts = [totals.files.get(origin.file), subset && totals.subsets.get(subset.name)];
  const targets = [totals.all, ...parts].filter((sums) => sums !== undefined);
  const errors = targets.map((sums) => sums.errors);
  const addLoss = (kind: 'energy' | 'force', loss: number, count: number) => {
    for (const { losses } of targets) {
      losses[`${kind}Loss`] += losses === totals.all.losses ? weightOf(example) * loss : loss;
      losses[`${kind}Count`] += count;
    }
  };
  if (energy !== undefined) {
    const error = predicted.energy - normalizedEnergy(normalizer, structure, energy);
    addLoss('energy', Math.abs(error) / (energyReduction === 'per-atom' ? atomCount : 1), 1);
    for (const sums of errors) addError(sums, 'energy', (error * normalizer.energyScale) / atomCount);
  }
  const lengths = compareForces(errors, { sample, predicted: predicted.forces, normalizer });
  if (lengths.length > 0) {
    const sum = lengths.reduce((total, length) => total + length, 0);
    if (forceReduction === 'atom') addLoss('force', sum, lengths.length);
    else addLoss('force', sum / lengths.length, 1);
  }
}

interface ForceComparison {
  readonly sample: Sample;
  /** Normalised, [N x 3]. */
  readonly predicted: Float32Array;
  readonly normalizer: Normalizer;
}

/** Adds the errors of all components; returns the lengths of the normalised errors of the atoms that have a force. */
function compareForces(targets: readonly ErrorSums[], { sample, predicted, normalizer }: ForceComparison): number[] {
  const { forces = new Float64Array(0), forceMask, subset } = sample;
  const quantity = subset?.noise === undefined ? 'forces' : 'noise';
  const lengths: number[] = [];
  for (let atom = 0; atom < forces.length / 3; atom++) {
    if (forceMask?.[atom] === 0) continue;
    let square = 0;
    for (let component = 3 * atom; component < 3 * atom + 3; component++) {
      const error = predicted[component] - forces[component] / normalizer.forceScale;
      square += error * error;
      for (const sums of targets) addError(sums, quantity, error * normalizer.forceScale);
    }
    lengths.push(Math.sqrt(square));
  }
  return lengths;
}

function mapValues<In, Out>(map: ReadonlyMap<string, In>, change: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value)]));
}
