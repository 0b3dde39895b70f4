import { type AdamWState, createAdamW } from './optimizer.js';

/** What a step worked on, and for how long. */
export interface StepCost {
  readonly structures: number;
  readonly atoms: number;
  readonly seconds: number;
}

/** What a step gave. */
export interface StepFigures extends StepCost {
  readonly loss: number;
  readonly energyLoss: number;
  readonly forceLoss: number;
  readonly gradientNorm: number;
}

/** Sums over the steps since the last line of metrics. */
export interface RecentSums extends StepFigures {
  readonly steps: number;
}

/** How far a training has come. */
export interface Progress {
  /** Updates done. */
  readonly step: number;
  /** Epoch of the next batch and number of its batches that are done. */
  readonly epoch: number;
  readonly position: number;
  /** Structures and atoms trained on, repeats included, and seconds spent on it. */
  readonly structures: number;
  readonly atoms: number;
  readonly seconds: number;
  /** Smallest validation loss and the step that had it. */
  readonly best: { readonly step: number; readonly loss: number } | null;
  readonly recent: RecentSums;
  /** Length of the metrics file. */
  readonly metricsBytes: number;
}

/**
 * Everything that the rest of a training depends on.  Random numbers need no state of their own: the order of an epoch
 * follows from the seed and `progress.epoch`.
 */
export interface TrainingState {
  /** [P], changed by every step. */
  readonly parameters: Float32Array;
  /** Running average of the parameters, [P]. */
  readonly average: Float32Array;
  readonly optimizer: AdamWState;
  /** The average that validated best, [P]; absent before the first validation. */
  best?: Float32Array;
  progress: Progress;
}

export const noRecentSums: RecentSums = {
  steps: 0,
  loss: 0,
  energyLoss: 0,
  forceLoss: 0,
  gradientNorm: 0,
  structures: 0,
  atoms: 0,
  seconds: 0,
};

export function addRecent(sums: RecentSums, figures: StepFigures): RecentSums {
  return {
    steps: sums.steps + 1,
    loss: sums.loss + figures.loss,
    energyLoss: sums.energyLoss + figures.energyLoss,
    forceLoss: sums.forceLoss + figures.forceLoss,
    gradientNorm: sums.gradientNorm + figures.gradientNorm,
    structures: sums.structures + figures.structures,
    atoms: sums.atoms + figures.atoms,
    seconds: sums.seconds + figures.seconds,
  };
}

/** State before the first step; `parameters`, [P], is copied. */
export function createTrainingState(
  parameters: Float32Array,
  { amsgrad }: { readonly amsgrad: boolean },
): TrainingState {
  return {
    parameters: parameters.slice(),
    average: parameters.slice(),
    optimizer: createAdamW(parameters.length, { amsgrad }),
    progress: {
      step: 0,
      epoch: 0,
      position: 0,
      structures: 0,
      atoms: 0,
      seconds: 0,
      best: null,
      recent: noRecentSums,
      metricsBytes: 0,
    },
  };
}
