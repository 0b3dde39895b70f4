/** Which samples every rank works on in every step of an epoch. */
export interface BatchPlan {
  readonly ranks: number;
  readonly stepCount: number;
  /** Indices of samples, step by step and in a step rank by rank, [N]. */
  readonly samples: Uint32Array;
  /** Where each rank's batch begins in `samples`, [stepCount x ranks + 1]. */
  readonly offsets: Uint32Array;
}

/** The samples of one rank in one step; a view. */
export function batchOf({ ranks, samples, offsets }: BatchPlan, step: number, rank: number): Uint32Array {
  const batch = step * ranks + rank;
  return samples.subarray(offsets[batch], offsets[batch + 1]);
}
