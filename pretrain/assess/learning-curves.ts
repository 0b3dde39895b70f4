import type { Metrics, NamedErrors, ValidationRecord } from './metrics-file.js';

/** From a step to how far a training was then. */
export type Clock = (step: number) => number;

/** Ways to say how far a training was. */
export interface Clocks {
  readonly steps: Clock;
  /** Absent before the first epoch is complete, as its length is not known. */
  readonly epochs?: Clock;
  /** Of training alone: validation and checkpoints are not counted. */
  readonly hours: Clock;
}

/** The clocks of a training; between records they run evenly. */
export function clocksOf({ training, validation }: Metrics): Clocks {
  let seconds = 0;
  const times: [number, number][] = [[0, 0]];
  for (const record of training) {
    seconds += record.seconds;
    times.push([record.step, seconds / 3600]);
  }
  // An epoch is known to be complete at the first record after its end.
  const ends: [number, number][] = [[0, 0]];
  for (const { step, epoch } of [...training, ...validation].sort((a, b) => a.step - b.step)) {
    if (epoch > ends[ends.length - 1][1]) ends.push([step, epoch]);
  }
  return {
    steps: (step) => step,
    ...(ends.length > 1 && { epochs: interpolation(ends) }),
    hours: interpolation(times),
  };
}

/** Straight lines through points of rising x, and on beyond the last at the mean slope. */
function interpolation(points: readonly (readonly [x: number, y: number])[]): Clock {
  return (x) => {
    let [low, high] = [0, points.length - 1];
    const [lastX, lastY] = points[high];
    if (x >= lastX) return lastX === 0 ? 0 : lastY + ((x - lastX) * lastY) / lastX;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (points[middle][0] <= x) low = middle;
      else high = middle;
    }
    const [[x0, y0], [x1, y1]] = [points[low], points[high]];
    return y0 + ((x - x0) * (y1 - y0)) / (x1 - x0);
  };
}

/** The smallest value of one error, and where it was. */
export interface BestError {
  readonly value: number;
  readonly step: number;
}

export interface BestErrors {
  /** Absent for all of the validation together. */
  readonly subset?: string;
  /** By the names of the errors. */
  readonly errors: Readonly<Record<string, BestError>>;
}

/** The smallest validation errors: of all samples, with the loss among them, then of each subset. */
export function bestErrors(validation: readonly ValidationRecord[]): BestErrors[] {
  if (validation.length === 0) return [];
  const subsets = new Set(validation.flatMap((record) => Object.keys(record.subsets)));
  const total = smallest(validation, ({ loss, total }) => ({ loss, ...total }));
  return [
    { errors: total },
    ...[...subsets].map((subset) => ({ subset, errors: smallest(validation, errorsOf(subset)) })),
  ];
}

/** The errors on one subset in a record; none where it was not validated. */
export function errorsOf(subset: string): (record: ValidationRecord) => NamedErrors {
  return ({ subsets }) => subsets[subset] ?? {};
}

function smallest(
  records: readonly ValidationRecord[],
  select: (record: ValidationRecord) => NamedErrors,
): Record<string, BestError> {
  const best: Record<string, BestError> = {};
  for (const record of records) {
    for (const [name, value] of Object.entries(select(record))) {
      if (Number.isFinite(value) && !(best[name]?.value <= value)) best[name] = { value, step: record.step };
    }
  }
  return best;
}

/** Means over `window` values about each one; over fewer at the ends, as many before it as behind. */
export function runningMean(values: readonly number[], window: number): number[] {
  return values.map((_, index) => {
    const half = Math.min(Math.floor(window / 2), index, values.length - 1 - index);
    const near = values.slice(index - half, index + half + 1).filter(Number.isFinite);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}
