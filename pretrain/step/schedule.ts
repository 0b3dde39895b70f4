import type { TrainingOptions } from '../config/pretrain-config.js';

/** How the learning rate goes from the first step to the last. */
export interface Schedule {
  /** Highest learning rate. */
  readonly learningRate: number;
  /**
   * What follows the warm-up: half a cosine, a constant, a constant that falls on plateaus, or half a cosine and then
   * falls on plateaus.
   */
  readonly schedule: TrainingOptions['schedule'];
  /** Number of steps over which the rate rises linearly from `warmupFrom` times the highest. */
  readonly warmupSteps: number;
  readonly warmupFrom: number;
  /** Fraction of the highest rate at which the cosine ends. */
  readonly decayTo: number;
  /** Step at which the cosine ends. */
  readonly cosineEnd: number;
  readonly plateau: PlateauOptions;
}

export interface PlateauOptions {
  /** What the rate is multiplied with on a plateau. */
  readonly factor: number;
  /** Validations without improvement that are waited for; the next one lowers the rate. */
  readonly patience: number;
}

/** What a schedule with plateaus remembers of the validations. */
export interface PlateauState {
  /** Times that the rate was lowered. */
  readonly reductions: number;
  /** Validations without improvement since the last one with it, or since the rate was lowered. */
  readonly waited: number;
}

/** Learning rate of update number `step`, counted from 0, after the rate was lowered `reductions` times. */
export function learningRateAt(step: number, options: Schedule, reductions = 0): number {
  const { learningRate, schedule, warmupSteps, warmupFrom, decayTo, cosineEnd, plateau } = options;
  if (step < warmupSteps) return learningRate * (warmupFrom + ((1 - warmupFrom) * step) / warmupSteps);
  const highest = learningRate * plateau.factor ** reductions;
  if (schedule === 'constant' || schedule === 'plateau') return highest;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, cosineEnd - warmupSteps));
  return highest * (decayTo + (1 - decayTo) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/** The state after a validation that followed update number `step`; what comes before the plateaus does not count. */
export function watchPlateau(
  { reductions, waited }: PlateauState,
  { schedule, warmupSteps, cosineEnd, plateau }: Schedule,
  { step, improved }: { readonly step: number; readonly improved: boolean },
): PlateauState {
  const begin = { plateau: warmupSteps, 'cosine-plateau': cosineEnd, cosine: Infinity, constant: Infinity }[schedule];
  if (improved || step < begin) return { reductions, waited: 0 };
  return waited < plateau.patience ? { reductions, waited: waited + 1 } : { reductions: reductions + 1, waited: 0 };
}
