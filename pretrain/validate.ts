import { collate, headOf } from './batch.js';
import type { Example, ExampleStore } from './dataset/graphs.js';
import type { Sample } from './dataset/sample.js';
import { addError, createErrorSums, type ErrorSummary, type ErrorSums, summarizeErrors } from './error-sums.js';
import { type EnergyReduction, type Normalizer, normalizedEnergy } from './normalizer.js';
import { type BatchBudget, planInOrder } from './sampling.js';
import type { TrainStep } from './train-step.js';

/** Errors of a model on a set of samples. */
export interface ValidationResult {
  /** The training loss over the whole set; the model with the smallest is the best. */
  readonly loss: number;
  readonly total: ErrorSummary;
  /** The same by file, in the order of the files. */
  readonly files: Readonly<Record<string, ErrorSummary>>;
}

export interface ValidationOptions {
  readonly trainStep: Pick<TrainStep, 'evaluate'>;
  /** One for each head. */
  readonly normalizers: readonly Normalizer[];
  readonly budget: BatchBudget;
  readonly energyWeight: number;
  readonly forceWeight: number;
  readonly energyReduction: EnergyReduction;
}

interface Totals {
  readonly all: ErrorSums;
  readonly files: Map<string, ErrorSums>;
  energyLoss: number;
  energyCount: number;
  forceLoss: number;
  forceCount: number;
}

/** Predicts every sample of `store` with `parameters`, [P], and compares with its labels. */
export async function validate(
  store: ExampleStore,
  parameters: Float32Array,
  options: ValidationOptions,
): Promise<ValidationResult> {
  const totals: Totals = {
    all: createErrorSums(),
    files: new Map(),
    energyLoss: 0,
    energyCount: 0,
    forceLoss: 0,
    forceCount: 0,
  };
  for (const indices of planInOrder(store.sizes, options.budget)) {
    const examples = indices.map((index) => store.example(index));
    const { energies, forces } = await options.trainStep.evaluate(collate(examples, options.normalizers), parameters);
    let atomOffset = 0;
    for (const [row, example] of examples.entries()) {
      const end = atomOffset + example.sample.structure.numbers.length;
      compare(totals, example, { energy: energies[row], forces: forces.subarray(3 * atomOffset, 3 * end) }, options);
      atomOffset = end;
    }
  }
  const { energyLoss, energyCount, forceLoss, forceCount } = totals;
  return {
    loss:
      (options.energyWeight * energyLoss) / Math.max(1, energyCount) +
      (options.forceWeight * forceLoss) / Math.max(1, forceCount),
    total: summarizeErrors(totals.all),
    files: Object.fromEntries([...totals.files].map(([file, sums]) => [file, summarizeErrors(sums)])),
  };
}

interface NormalizedPrediction {
  readonly energy: number;
  readonly forces: Float32Array;
}

function compare(
  totals: Totals,
  example: Example,
  predicted: NormalizedPrediction,
  { normalizers, energyReduction }: ValidationOptions,
): void {
  const { sample } = example;
  const { structure, energy, origin } = sample;
  const normalizer = normalizers[headOf(example)];
  const atomCount = structure.numbers.length;
  const fileSums = totals.files.get(origin.file) ?? createErrorSums();
  totals.files.set(origin.file, fileSums);
  if (energy !== undefined) {
    const error = predicted.energy - normalizedEnergy(normalizer, structure, energy);
    totals.energyLoss += Math.abs(error) / (energyReduction === 'per-atom' ? atomCount : 1);
    totals.energyCount++;
    for (const sums of [totals.all, fileSums]) addError(sums, 'energy', (error * normalizer.energyScale) / atomCount);
  }
  const lengths = compareForces([totals.all, fileSums], { sample, predicted: predicted.forces, normalizer });
  if (lengths.length > 0) {
    totals.forceLoss += lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    totals.forceCount++;
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
