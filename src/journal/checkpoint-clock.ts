/** Says when the next checkpoint is due. */
export interface CheckpointClock {
  isDue(step: number): boolean;
  /** Saves, and looks at the clock. */
  take(save: () => Promise<void>): Promise<void>;
}

/**
 * Every `every` steps, or by the clock: about each second, and after saving that took a second not before fifty more,
 * so that it never costs more than a fiftieth of the time.  Step 0 is always due.
 */
export function createCheckpointClock(every?: number): CheckpointClock {
  let next = 0;
  return {
    isDue: (step) => (every === undefined ? performance.now() >= next : step % every === 0) || step === 0,
    take: async (save) => {
      const started = performance.now();
      await save();
      const ended = performance.now();
      next = ended + Math.max(1000, 50 * (ended - started));
    },
  };
}
