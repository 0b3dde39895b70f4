/** Mean of a correlated series with its statistical error. */
export interface BlockAverage {
  readonly mean: number;
  /** Standard error of the mean; undefined before the second sample. */
  readonly error?: number;
  readonly standardDeviation: number;
  readonly samples: number;
  /** Length in samples of the blocks that the error comes from; about independent of each other when `isPlateau`. */
  readonly blockLength: number;
  /** Whether the series is long enough for blocks that are independent; else the true error is larger. */
  readonly isPlateau: boolean;
}

/** Takes a series sample by sample, in memory that grows with the logarithm of its length. */
export interface BlockAverager {
  add(value: number): void;
  result(): BlockAverage;
}

/** Means of blocks of 2^level samples; all of them are what an average is, to be saved and gone on with. */
export interface BlockLevel {
  count: number;
  mean: number;
  /** Sum of the squared deviations from the mean. */
  squares: number;
  /** A block that waits for its partner. */
  waiting?: number;
}

/**
 * Starts an average whose error allows for correlation: the series is averaged over blocks of 1, 2, 4, ... samples, and
 * the error of the mean grows with their length until they are independent.  The first length B with B^3 > 2 n (error_B
 * / error_1)^4 is taken.  `levels` are those of an average to go on with.
 *
 * @see Flyvbjerg, Petersen, J. Chem. Phys. 91, 461 (1989); Lee et al., Phys. Rev. E 83, 066706 (2011) for the choice of
 *   B.
 */
export function createBlockAverager(levels: BlockLevel[] = []): BlockAverager {
  function add(value: number): void {
    let block = value;
    for (let index = 0; ; index++) {
      levels[index] ??= { count: 0, mean: 0, squares: 0 };
      const level = levels[index];
      level.count++;
      const change = block - level.mean;
      level.mean += change / level.count;
      level.squares += change * (block - level.mean);
      if (level.waiting === undefined) {
        level.waiting = block;
        return;
      }
      block = (level.waiting + block) / 2;
      level.waiting = undefined;
    }
  }

  function result(): BlockAverage {
    const [single] = levels;
    if (single === undefined)
      return { mean: Number.NaN, standardDeviation: Number.NaN, samples: 0, blockLength: 1, isPlateau: false };
    const { mean, count: samples } = single;
    if (samples === 1) return { mean, standardDeviation: 0, samples, blockLength: 1, isPlateau: false };
    const errors = levels.filter(({ count }) => count > 1).map(errorOfMean);
    const plateau = errors.findIndex(
      (error, index) => error === 0 || 8 ** index > 2 * samples * (error / errors[0]) ** 4,
    );
    const chosen = plateau >= 0 ? plateau : errors.indexOf(Math.max(...errors));
    const standardDeviation = Math.sqrt(single.squares / (samples - 1));
    return {
      mean,
      error: errors[chosen],
      standardDeviation,
      samples,
      blockLength: 2 ** chosen,
      isPlateau: plateau >= 0,
    };
  }

  return { add, result };
}

/** Standard error of the mean of `count` independent blocks. */
function errorOfMean({ squares, count }: BlockLevel): number {
  return Math.sqrt(squares / (count * (count - 1)));
}
