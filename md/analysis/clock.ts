import { LammError } from '../../src/errors.js';

/** Watches that frames come at even intervals, as correlations in time need them. */
export interface Clock {
  tick(timeFs: number): void;
  /** Time between frames in fs; 0 before the second. */
  intervalFs(): number;
  /** Frames so far. */
  count(): number;
}

/** Times may be rounded in a file: this share of the interval is no unevenness. */
const tolerance = 1e-3;

/** Starts a clock.  `tick` throws {LammError} `structure` when a frame comes too early, too late or twice. */
export function createClock(): Clock {
  let start = 0;
  let interval = 0;
  let count = 0;
  return {
    tick(timeFs) {
      if (count === 0) start = timeFs;
      if (count === 1) interval = timeFs - start;
      const expected = start + count * interval;
      const isEven = count === 0 || (interval > 0 && Math.abs(timeFs - expected) <= tolerance * interval);
      if (!isEven) throw uneven(count, expected, timeFs);
      count++;
    },
    intervalFs: () => interval,
    count: () => count,
  };
}

function uneven(count: number, expected: number, found: number): LammError {
  return new LammError(
    'structure',
    `expected frames at even intervals, frame ${count + 1} at ${expected} fs, found it at ${found} fs; frames are missing or doubled, or several runs were joined`,
    { quantity: 'time', expected: `${expected} fs`, actual: `${found} fs` },
  );
}
