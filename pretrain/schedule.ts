/** How the learning rate goes from the first step to the last. */
export interface ScheduleOptions {
  /** Highest learning rate. */
  readonly learningRate: number;
  readonly schedule: 'cosine' | 'constant';
  /** Number of steps over which the rate rises linearly from `warmupFrom` times the highest. */
  readonly warmupSteps: number;
  readonly warmupFrom: number;
  /** Fraction of the highest rate at which the cosine ends. */
  readonly decayTo: number;
  readonly totalSteps: number;
}

/** Learning rate of update number `step`, counted from 0: linear warm-up, then half a cosine or a constant. */
export function learningRateAt(step: number, options: ScheduleOptions): number {
  const { learningRate, schedule, warmupSteps, warmupFrom, decayTo, totalSteps } = options;
  if (step < warmupSteps) return learningRate * (warmupFrom + ((1 - warmupFrom) * step) / warmupSteps);
  if (schedule === 'constant') return learningRate;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return learningRate * (decayTo + (1 - decayTo) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
