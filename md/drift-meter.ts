import { cellVolume } from '../src/structure/cell.js';
import { GPa } from '../src/units.js';
import { kineticTensor, pressureOf } from './pressure.js';
import { type MdState, temperatureOf } from './state.js';

/**
 * Running sums over the steps of a simulation, so that drift and means need no stored series.
 * All numbers are in one array, [8], so that a checkpoint keeps them to the bit:
 * samples, mean time (ps), mean energy (meV/atom, from the first sample), sum of squares of time, sum of products,
 * mean temperature (K), mean pressure (GPa), mean volume (A^3).
 */
export interface DriftMeter {
  /** Conserved energy at the first sample in eV. */
  origin: number;
  readonly sums: Float64Array;
}

/** Means over the samples. */
export interface MeterMeans {
  /** In K. */
  readonly temperature: number;
  /** In GPa; 0 without stress. */
  readonly pressureGPa: number;
  /** In A^3. */
  readonly volume: number;
}

export function createDriftMeter(): DriftMeter {
  return { origin: 0, sums: new Float64Array(8) };
}

/** Adds the present step; the straight line is updated in the numerically stable, one-pass form. */
export function measureDrift(meter: DriftMeter, state: MdState, timestepFs: number): void {
  const { sums } = meter;
  const kinetic = kineticTensor(state);
  const twiceKinetic = kinetic[0] + kinetic[1] + kinetic[2];
  const energy = state.potentialEnergy + twiceKinetic / 2 - state.bathHeat;
  if (sums[0] === 0) meter.origin = energy;
  const time = (state.step * timestepFs) / 1000;
  const value = (1000 * (energy - meter.origin)) / state.numbers.length;
  const timeChange = time - sums[1];
  sums[0] += 1;
  sums[1] += timeChange / sums[0];
  sums[2] += (value - sums[2]) / sums[0];
  sums[3] += timeChange * (time - sums[1]);
  sums[4] += timeChange * (value - sums[2]);
  sums[5] += (temperatureOf(twiceKinetic, state.freedomCount) - sums[5]) / sums[0];
  sums[6] += ((pressureOf(state, kinetic) ?? 0) / GPa - sums[6]) / sums[0];
  sums[7] += (cellVolume(state.cell) - sums[7]) / sums[0];
}

/** Slope in meV/atom/ps of the least-squares line through the conserved energy; 0 before the second sample. */
export function driftOf({ sums }: DriftMeter): number {
  return sums[3] === 0 ? 0 : sums[4] / sums[3];
}

export function meansOf({ sums }: DriftMeter): MeterMeans {
  return { temperature: sums[5], pressureGPa: sums[6], volume: sums[7] };
}
