import { cellVolume } from '../src/structure/cell.js';
import { GPa } from '../src/units.js';
import { type Drift, driftFrom } from './state/drift.js';
import { kineticTensor, pressureOf } from './state/pressure.js';
import { type MdState, temperatureOf } from './state/state.js';

/**
 * Running sums over the steps of a simulation, so that drift and means need no stored series.
 * All numbers are in one array, [9], so that a checkpoint keeps them to the bit:
 * samples, mean time (ps), mean energy (meV/atom, from the first sample), sum of squares of time, sum of products,
 * mean temperature (K), mean pressure (GPa), mean volume (A^3), sum of squares of energy.
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
  return { origin: 0, sums: new Float64Array(9) };
}

/** Adds the present step, the straight line in the numerically stable, one-pass form; returns the temperature of the step in K. */
export function measureDrift(meter: DriftMeter, state: MdState, timestepFs: number): number {
  const { sums } = meter;
  const kinetic = kineticTensor(state);
  const twiceKinetic = kinetic[0] + kinetic[1] + kinetic[2];
  const energy = state.potentialEnergy + twiceKinetic / 2 - state.bathHeat;
  if (sums[0] === 0) meter.origin = energy;
  const time = (state.step * timestepFs) / 1000;
  const value = (1000 * (energy - meter.origin)) / state.numbers.length;
  const timeChange = time - sums[1];
  const valueChange = value - sums[2];
  const temperature = temperatureOf(twiceKinetic, state.freedomCount);
  sums[0] += 1;
  sums[1] += timeChange / sums[0];
  sums[2] += valueChange / sums[0];
  sums[3] += timeChange * (time - sums[1]);
  sums[4] += timeChange * (value - sums[2]);
  sums[5] += (temperature - sums[5]) / sums[0];
  sums[6] += ((pressureOf(state, kinetic) ?? 0) / GPa - sums[6]) / sums[0];
  sums[7] += (cellVolume(state.cell) - sums[7]) / sums[0];
  sums[8] += valueChange * (value - sums[2]);
  return temperature;
}

/** Drift of the conserved energy, with its error. */
export function driftOf({ sums }: DriftMeter, timestepFs: number): Drift {
  const [count, , , timeSquares, products] = sums;
  return driftFrom({ count, timeSquares, products, energySquares: sums[8] }, timestepFs / 1000);
}

export function meansOf({ sums }: DriftMeter): MeterMeans {
  return { temperature: sums[5], pressureGPa: sums[6], volume: sums[7] };
}
