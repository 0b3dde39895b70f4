import { perTerm } from '../dataset/labels/terms.js';
import type { EpochPart } from '../sampling/epoch-plan.js';
import { type AdamWState, createAdamW } from './optimizer.js';
import type { PlateauState } from './schedule.js';
import type { StepLosses } from './train-step.js';

/** What was worked on, and for how long. */
export interface StepCost {
  readonly structures: number;
  readonly atoms: number;
  readonly seconds: number;
  /** Parts of `seconds`: waiting for batches, computing, and waiting for other ranks; means over the ranks. */
  readonly graphsSeconds: number;
  readonly computeSeconds: number;
  readonly communicationSeconds: number;
}

/** What a step gave. */
export interface StepFigures extends StepCost, StepLosses {
  readonly gradientNorm: number;
  /** Most atoms that a rank worked on at once. */
  readonly peakAtoms: number;
}

/** Sums, and the largest peak, over the steps since the last line of metrics. */
export interface RecentSums extends StepFigures {
  readonly steps: number;
}

/** How far a training has come; costs are those of all steps, repeats included. */
export interface Progress extends StepCost {
  /** Updates done. */
  readonly step: number;
  /** Epoch of the next batch, and what of it is done. */
  readonly epoch: number;
  readonly parts: readonly EpochPart[];
  /** Step with which each epoch until now began, [epoch + 1]. */
  readonly epochStarts: readonly number[];
  /** Smallest validation loss and the step that had it. */
  readonly best: { readonly step: number; readonly loss: number } | null;
  /**
   * Smallest validation loss after the beginning, by which patience and plateaus go: a trained model becomes worse at
   * first when all of it learns anew.
   */
  readonly lowest?: number;
  /** Validations since that. */
  readonly waited: number;
  readonly plateau: PlateauState;
  readonly recent: RecentSums;
}

/**
 * Everything that the rest of a training depends on.  Random numbers need no state of their own: the order of an epoch
 * follows from the seed, and what is left of one from `progress.parts`.
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

const noCost: StepCost = {
  structures: 0,
  atoms: 0,
  seconds: 0,
  graphsSeconds: 0,
  computeSeconds: 0,
  communicationSeconds: 0,
};

export const noLosses: StepLosses = { loss: 0, terms: perTerm(() => 0) };

export const noRecentSums: RecentSums = {
  ...noCost,
  ...noLosses,
  steps: 0,
  gradientNorm: 0,
  peakAtoms: 0,
};

export function addCost(sums: StepCost, cost: StepCost): StepCost {
  return {
    structures: sums.structures + cost.structures,
    atoms: sums.atoms + cost.atoms,
    seconds: sums.seconds + cost.seconds,
    graphsSeconds: sums.graphsSeconds + cost.graphsSeconds,
    computeSeconds: sums.computeSeconds + cost.computeSeconds,
    communicationSeconds: sums.communicationSeconds + cost.communicationSeconds,
  };
}

export function addLosses(sums: StepLosses, losses: StepLosses): StepLosses {
  return { loss: sums.loss + losses.loss, terms: perTerm((term) => sums.terms[term] + losses.terms[term]) };
}

export function addRecent(sums: RecentSums, figures: StepFigures): RecentSums {
  return {
    ...addCost(sums, figures),
    ...addLosses(sums, figures),
    steps: sums.steps + 1,
    gradientNorm: sums.gradientNorm + figures.gradientNorm,
    peakAtoms: Math.max(sums.peakAtoms, figures.peakAtoms),
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
      ...noCost,
      step: 0,
      epoch: 0,
      parts: [],
      epochStarts: [0],
      best: null,
      waited: 0,
      plateau: { reductions: 0, waited: 0 },
      recent: noRecentSums,
    },
  };
}
