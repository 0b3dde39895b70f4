import { cellVolume } from '../src/structure/cell.js';
import { GPa } from '../src/units.js';
import { type Drift, driftFrom } from './state/drift.js';
import { kineticTensor, pressureOf } from './state/pressure.js';
import { type MdState, temperatureOf } from './state/state.js';

/**
 * Running sums over the steps of a simulation, so that drift and means need no stored series; a checkpoint keeps them
 * to the bit.
 */
export interface DriftMeter {
  samples: number;
  /** Conserved energy at the first sample in eV. */
  origin: number;
  /**
   * Means over the samples: time in ps, conserved energy from the origin in meV/atom, temperature in K, pressure in
   * GPa, volume in A^3.
   */
  meanTime: number;
  meanEnergy: number;
  meanTemperature: number;
  meanPressure: number;
  meanVolume: number;
  /** Sums of products of deviations from the means of time and energy. */
  timeSquares: number;
  timeEnergyProducts: number;
  energySquares: number;
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
  return {
    samples: 0,
    origin: 0,
    meanTime: 0,
    meanEnergy: 0,
    meanTemperature: 0,
    meanPressure: 0,
    meanVolume: 0,
    timeSquares: 0,
    timeEnergyProducts: 0,
    energySquares: 0,
  };
}

/**
 * Adds the present step, the straight line in the numerically stable, one-pass form; returns the temperature of the
 * step in K.
 */
export function measureDrift(meter: DriftMeter, state: MdState, timestepFs: number): number {
  const kinetic = kineticTensor(state);
  const twiceKinetic = kinetic[0] + kinetic[1] + kinetic[2];
  const energy = state.potentialEnergy + twiceKinetic / 2 - state.bathHeat;
  if (meter.samples === 0) meter.origin = energy;
  const time = (state.step * timestepFs) / 1000;
  const value = (1000 * (energy - meter.origin)) / state.numbers.length;
  const timeChange = time - meter.meanTime;
  const valueChange = value - meter.meanEnergy;
  const temperature = temperatureOf(twiceKinetic, state.freedomCount);
  const pressure = (pressureOf(state, kinetic) ?? 0) / GPa;
  meter.samples += 1;
  meter.meanTime += timeChange / meter.samples;
  meter.meanEnergy += valueChange / meter.samples;
  meter.timeSquares += timeChange * (time - meter.meanTime);
  meter.timeEnergyProducts += timeChange * (value - meter.meanEnergy);
  meter.energySquares += valueChange * (value - meter.meanEnergy);
  meter.meanTemperature += (temperature - meter.meanTemperature) / meter.samples;
  meter.meanPressure += (pressure - meter.meanPressure) / meter.samples;
  meter.meanVolume += (cellVolume(state.cell) - meter.meanVolume) / meter.samples;
  return temperature;
}

/** Drift of the conserved energy, with its error. */
export function driftOf(meter: DriftMeter, timestepFs: number): Drift {
  const { samples: count, timeSquares, timeEnergyProducts: products, energySquares } = meter;
  return driftFrom({ count, timeSquares, products, energySquares }, timestepFs / 1000);
}

export function meansOf({ meanTemperature, meanPressure, meanVolume }: DriftMeter): MeterMeans {
  return { temperature: meanTemperature, pressureGPa: meanPressure, volume: meanVolume };
}
