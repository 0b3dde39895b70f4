import { chemicalSymbols } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import { assertMemory } from '../../src/memory.js';
import { shortestPeriodFs } from '../state/timestep-advice.js';
import { type ClockState, createClock, createClockState } from './clock.js';
import { assertSameAtoms, type Frame } from './frame.js';
import { type Spectrum, vibrationalSpectrum } from './spectrum.js';

export interface VelocityCorrelationOptions {
  /**
   * Longest lag in frames; by default `usualWindow`, less where the velocities of so many frames would take more than
   * 256 MiB.
   */
  readonly window?: number;
}

/** Correlation of the velocities of one element (or of all atoms, as element `all`). */
export interface ElementCorrelation {
  readonly element: string;
  /** sum m v(0).v(t) / sum m v(0).v(0), [L]. */
  readonly values: Float64Array;
  /** Density of vibrational states. */
  readonly spectrum: Spectrum;
}

export interface VelocityCorrelation {
  /** Lags in fs, [L]. */
  readonly lagsFs: Float64Array;
  /** All atoms first, then each element where there are several. */
  readonly elements: readonly ElementCorrelation[];
  readonly frames: number;
  readonly intervalFs: number;
  /** Shortest period in fs that is to be expected of the lightest atoms. */
  readonly shortestPeriodFs: number;
}

/** Sums so far, and the last frames, with which those to come are to be multiplied. */
export interface VelocityCorrelationState {
  readonly clock: ClockState;
  numbers: Uint8Array;
  shortestPeriodFs: number;
  /** Longest lag in frames. */
  size: number;
  /** The last frames, [size][3 N]: velocities times the roots of masses, atoms sorted by element. */
  readonly ring: Float64Array[];
  /** By element, [size]. */
  sums: Float64Array[];
}

export interface VelocityCorrelationMeter {
  readonly state: VelocityCorrelationState;
  add(frame: Frame): void;
  result(): VelocityCorrelation;
}

/** Bytes that the frames of the longest lag may take unless a window is asked for. */
const memory = 2 ** 28;

/** In frames, where nobody says another. */
export const usualWindow = 1000;

/**
 * Starts a velocity autocorrelation <sum m v(t0).v(t0 + t)> over all time origins, and its spectrum, or goes on with
 * one. Its memory is bounded: 24 bytes for each atom and frame of the window.
 *
 * `add` throws {LammError} `missing-property` for frames without velocities, `structure` for frames at uneven intervals
 * or with other atoms.
 */
export function createVelocityCorrelation(
  options: VelocityCorrelationOptions = {},
  state: VelocityCorrelationState = createState(),
): VelocityCorrelationMeter {
  const { window = usualWindow } = options;
  if (!(Number.isInteger(window) && window >= 2)) {
    throw new LammError('usage', `velocity correlation: expected a window of at least 2 frames, found ${window}`);
  }
  const clock = createClock(state.clock);
  let kinds = groupByElement(state.numbers);

  function begin(frame: Frame): void {
    state.numbers = frame.numbers.slice();
    state.shortestPeriodFs = shortestPeriodFs(frame.masses);
    state.size = options.window ?? Math.max(2, Math.min(window, Math.floor(memory / (24 * frame.numbers.length))));
    assertWindow(state.size, state.numbers.length);
    kinds = groupByElement(state.numbers);
    state.sums = kinds.elements.map(() => new Float64Array(state.size));
  }

  function add(frame: Frame): void {
    if (frame.velocities === undefined) throw noVelocities(frame);
    const index = clock.count();
    if (index === 0) begin(frame);
    assertSameAtoms(state.numbers, frame);
    clock.tick(frame.timeFs);
    const { ring, size, sums } = state;
    const slot = index % size;
    ring[slot] ??= new Float64Array(frame.velocities.length);
    weighInto(ring[slot], frame.velocities, { masses: frame.masses, order: kinds.order });
    for (let kind = 0; kind < sums.length; kind++) {
      addProducts(sums[kind], ring, { index, size, start: kinds.starts[kind], end: kinds.starts[kind + 1] });
    }
  }

  function result(): VelocityCorrelation {
    const frames = clock.count();
    const length = Math.min(state.size, Math.ceil(frames / 2)); // longer lags have too few origins
    const means = state.sums.map((sum) => sum.slice(0, length).map((value, lag) => value / (frames - lag)));
    const total = Float64Array.from({ length }, (_, lag) => means.reduce((sum, mean) => sum + mean[lag], 0));
    const groups: [string, Float64Array][] = [['all', total]];
    if (means.length > 1)
      kinds.elements.forEach((element, i) => void groups.push([chemicalSymbols[element], means[i]]));
    const intervalFs = clock.intervalFs();
    const elements = groups.map(([element, sum]) => {
      const values = sum.map((value) => (sum[0] === 0 ? 0 : value / sum[0]));
      return { element, values, spectrum: vibrationalSpectrum(values, intervalFs) };
    });
    const lagsFs = Float64Array.from({ length }, (_, lag) => lag * intervalFs);
    return { lagsFs, elements, frames, intervalFs, shortestPeriodFs: state.shortestPeriodFs };
  }

  return { state, add, result };
}

function assertWindow(frames: number, atomCount: number): void {
  assertMemory({
    bytes: (24 * atomCount + 8) * frames,
    what: `a velocity correlation over a window of ${frames} frames of ${atomCount} atoms`,
    remedy: 'choose a shorter window',
    quantity: 'window',
  });
}

function createState(): VelocityCorrelationState {
  return { clock: createClockState(), numbers: new Uint8Array(0), shortestPeriodFs: 0, size: 0, ring: [], sums: [] };
}

/** The elements, the atoms sorted by them, and where each begins in the sorted coordinates. */
function groupByElement(numbers: Uint8Array): { elements: number[]; order: Int32Array; starts: number[] } {
  const elements = [...new Set(numbers)].sort((a, b) => a - b);
  const members = elements.map((element) => Array.from(numbers.keys()).filter((atom) => numbers[atom] === element));
  const starts = [0];
  for (const { length } of members) starts.push(starts[starts.length - 1] + 3 * length);
  return { elements, order: Int32Array.from(members.flat()), starts };
}

/** With the roots of the masses, every product of two frames has its mass. */
function weighInto(
  target: Float64Array,
  velocities: Float64Array,
  { masses, order }: { masses: Float64Array; order: Int32Array },
): void {
  for (let place = 0; place < order.length; place++) {
    const atom = order[place];
    const root = Math.sqrt(masses[atom]);
    for (let axis = 0; axis < 3; axis++) target[3 * place + axis] = root * velocities[3 * atom + axis];
  }
}

/** Adds the products of frame `index` with itself and the ones before, over the coordinates from `start` to `end`. */
function addProducts(
  sums: Float64Array,
  ring: readonly Float64Array[],
  { index, size, start, end }: { index: number; size: number; start: number; end: number },
): void {
  const now = ring[index % size];
  const before = (lag: number) => ring[(index - Math.min(lag, index, size - 1)) % size];
  const count = Math.min(size, index + 1);
  // Four lags at a time: each coordinate of the present is read once for them, and the four sums do not wait for each
  // other.
  for (let lag = 0; lag < count; lag += 4) {
    const a = before(lag);
    const b = before(lag + 1);
    const c = before(lag + 2);
    const d = before(lag + 3);
    let sumA = 0;
    let sumB = 0;
    let sumC = 0;
    let sumD = 0;
    for (let i = start; i < end; i++) {
      const value = now[i];
      sumA += value * a[i];
      sumB += value * b[i];
      sumC += value * c[i];
      sumD += value * d[i];
    }
    sums[lag] += sumA;
    if (lag + 1 < count) sums[lag + 1] += sumB;
    if (lag + 2 < count) sums[lag + 2] += sumC;
    if (lag + 3 < count) sums[lag + 3] += sumD;
  }
}

function noVelocities({ timeFs }: Frame): LammError {
  return new LammError(
    'missing-property',
    `the velocity autocorrelation needs velocities, the frame at ${timeFs} fs has none; write them with the trajectory`,
    { quantity: 'velocities' },
  );
}
