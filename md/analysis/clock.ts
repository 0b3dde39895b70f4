import { LammError } from '../../src/errors.js';

/** What a clock remembers. */
export interface ClockState {
  startFs: number;
  intervalFs: number;
  count: number;
}

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

export function createClockState(): ClockState {
  return { startFs: 0, intervalFs: 0, count: 0 };
}

/**
 * Starts a clock, or goes on with one.  `tick` throws {LammError} `structure` when a frame comes too early, too late or
 * twice.
 */
export function createClock(state: ClockState = createClockState()): Clock {
  return {
    tick(timeFs) {
      if (state.count === 0) state.startFs = timeFs;
      if (state.count === 1) state.intervalFs = timeFs - state.startFs;
      const { startFs, intervalFs, count } = state;
      const expected = startFs + count * intervalFs;
      const isEven = count === 0 || (intervalFs > 0 && Math.abs(timeFs - expected) <= tolerance * intervalFs);
      if (!isEven) throw uneven(count, expected, timeFs);
      state.count++;
    },
    intervalFs: () => state.intervalFs,
    count: () => state.count,
  };
}

function uneven(count: number, expected: number, found: number): LammError {
  return new LammError(
    'structure',
    `expected frames at even intervals, frame ${count + 1} at ${expected} fs, found it at ${found} fs; frames are missing or doubled, or several runs were joined`,
    { quantity: 'time', expected: `${expected} fs`, actual: `${found} fs` },
  );
}
