import { chemicalSymbols } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import { createClock } from './clock.js';
import { assertSameAtoms, type Frame } from './frame.js';
import { type Spectrum, vibrationalSpectrum } from './spectrum.js';

export interface VelocityCorrelationOptions {
  /** Longest lag in frames; by default 1000, less where the velocities of so many frames would take more than 256 MiB. */
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
}

export interface VelocityCorrelationMeter {
  add(frame: Frame): void;
  result(): VelocityCorrelation;
}

const memory = 2 ** 28;

/**
 * Starts a velocity autocorrelation <sum m v(t0).v(t0 + t)> over all time origins, and its spectrum.
 *
 * `add` throws {LammError} `missing-property` for frames without velocities, `structure` for frames at uneven intervals or with other atoms.
 */
export function createVelocityCorrelation(options: VelocityCorrelationOptions = {}): VelocityCorrelationMeter {
  const { window = 1000 } = options;
  if (!(Number.isInteger(window) && window >= 2)) {
    throw new LammError('usage', `velocity correlation: expected a window of at least 2 frames, found ${window}`);
  }
  const clock = createClock();
  const ring: Float64Array[] = [];
  let numbers = new Uint8Array(0);
  let size = window;
  let kinds: number[] = [];
  /** Atoms by kind. */
  let members: Int32Array[] = [];
  /** By kind, [L]. */
  let sums: Float64Array[] = [];

  function begin(frame: Frame): void {
    numbers = frame.numbers.slice();
    kinds = [...new Set(numbers)].sort((a, b) => a - b);
    size = options.window ?? Math.max(2, Math.min(window, Math.floor(memory / (24 * numbers.length))));
    members = kinds.map((kind) => Int32Array.from(numbers.keys()).filter((atom) => numbers[atom] === kind));
    sums = kinds.map(() => new Float64Array(size));
  }

  function add(frame: Frame): void {
    if (frame.velocities === undefined) throw noVelocities(frame);
    const index = clock.count();
    if (index === 0) begin(frame);
    assertSameAtoms(numbers, frame);
    clock.tick(frame.timeFs);
    const slot = index % size;
    ring[slot] ??= new Float64Array(frame.velocities.length);
    // With the roots of the masses, every product below has its mass.
    for (let i = 0; i < ring[slot].length; i++)
      ring[slot][i] = Math.sqrt(frame.masses[Math.floor(i / 3)]) * frame.velocities[i];
    for (let lag = 0; lag < Math.min(size, index + 1); lag++) addProducts(lag, ring[slot], ring[(index - lag) % size]);
  }

  function addProducts(lag: number, now: Float64Array, before: Float64Array): void {
    for (let kind = 0; kind < kinds.length; kind++) {
      let sum = 0;
      for (const atom of members[kind]) {
        const i = 3 * atom;
        sum += now[i] * before[i] + now[i + 1] * before[i + 1] + now[i + 2] * before[i + 2];
      }
      sums[kind][lag] += sum;
    }
  }

  function result(): VelocityCorrelation {
    const frames = clock.count();
    const length = Math.min(size, Math.ceil(frames / 2)); // longer lags have too few origins
    const means = sums.map((sum) => sum.slice(0, length).map((value, lag) => value / (frames - lag)));
    const total = Float64Array.from({ length }, (_, lag) => means.reduce((sum, mean) => sum + mean[lag], 0));
    const groups: [string, Float64Array][] = [['all', total]];
    if (kinds.length > 1) kinds.forEach((kind, i) => void groups.push([chemicalSymbols[kind], means[i]]));
    const intervalFs = clock.intervalFs();
    const elements = groups.map(([element, sum]) => {
      const values = sum.map((value) => (sum[0] === 0 ? 0 : value / sum[0]));
      return { element, values, spectrum: vibrationalSpectrum(values, intervalFs) };
    });
    return { lagsFs: Float64Array.from({ length }, (_, lag) => lag * intervalFs), elements, frames };
  }

  return { add, result };
}

function noVelocities({ timeFs }: Frame): LammError {
  return new LammError(
    'missing-property',
    `the velocity autocorrelation needs velocities, the frame at ${timeFs} fs has none; write them with the trajectory`,
    { quantity: 'velocities' },
  );
}
