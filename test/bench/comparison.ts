/** Something that is timed: one call does a fixed amount of work and tells how long a unit of it took, in ms. */
export type Timed = () => Promise<number> | number;

export interface Contenders {
  /** What is measured, with its size. */
  readonly name: string;
  readonly ours: Timed;
  /** Absent where there is nothing to compare with. */
  readonly peer?: { readonly name: string; readonly timed: Timed };
}

/** Times of one contender in ms. */
export interface Timing {
  readonly median: number;
  readonly samples: readonly number[];
}

export interface Comparison {
  readonly name: string;
  readonly ours: Timing;
  readonly peer?: Timing & { readonly name: string };
  /** Median of the peer divided by ours: above 1 we are faster.  `low` and `high` are the extremes over rounds. */
  readonly ratio?: { readonly ofMedians: number; readonly low: number; readonly high: number };
  /** Anything else worth a line: counts, rates, differences. */
  readonly note?: string;
}

/** Times ours and the peer in turn, `rounds` times after one round of warming up, so that both see the same machine. */
export async function compare({ name, ours, peer }: Contenders, rounds: number): Promise<Comparison> {
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const times = [await ours(), peer === undefined ? Number.NaN : await peer.timed()];
    if (round < 0) continue;
    mine.push(times[0]);
    theirs.push(times[1]);
  }
  const timing = { median: median(mine), samples: mine };
  if (peer === undefined) return { name, ours: timing };
  const ratios = theirs.map((time, round) => time / mine[round]);
  return {
    name,
    ours: timing,
    peer: { name: peer.name, median: median(theirs), samples: theirs },
    ratio: { ofMedians: median(theirs) / timing.median, low: Math.min(...ratios), high: Math.max(...ratios) },
  };
}

/** A contender that repeats `work` at least `minimumMs` long, and at least once. */
export function repeated(work: () => Promise<unknown> | unknown, minimumMs = 50): Timed {
  return async () => {
    const start = performance.now();
    let count = 0;
    do {
      await work();
      count++;
    } while (performance.now() - start < minimumMs);
    return (performance.now() - start) / count;
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
