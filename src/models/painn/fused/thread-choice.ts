/** Whether an evaluation is shared among threads, decided by how long others took. */
export interface ThreadChoice {
  /** Whether the next evaluation shall be shared. */
  next(): boolean;
  /** Tells how long an evaluation took, for each unit of its work. */
  report(isShared: boolean, time: number): void;
}

/** Evaluations of each way that are remembered; the median of them counts. */
const remembered = 3;
/**
 * After so many evaluations one way, one is done the other way, in case the machine has become busier or quieter: soon at
 * first, when threads have only begun, and twice as late each time.
 */
const [firstInterval, lastInterval] = [2, 32];

/**
 * Tries both ways in turn at first, then takes the faster and now and then tries the other: what a bad choice costs is
 * a few evaluations, and afterwards one of `lastInterval`.
 */
export function createThreadChoice(): ThreadChoice {
  const times = { shared: [] as number[], alone: [] as number[] };
  let sinceTrial = 0;
  let interval = firstInterval;
  return {
    next() {
      const { shared, alone } = times;
      if (shared.length < remembered || alone.length < remembered) {
        return alone.length > shared.length;
      }
      const isSharedFaster = median(shared) < median(alone);
      const isTrial = sinceTrial >= interval;
      sinceTrial = isTrial ? 0 : sinceTrial + 1;
      if (isTrial) interval = Math.min(2 * interval, lastInterval);
      return isTrial !== isSharedFaster;
    },
    report(isShared, time) {
      const list = isShared ? times.shared : times.alone;
      list.push(time);
      if (list.length > remembered) list.shift();
    },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
