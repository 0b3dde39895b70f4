import type { ThermodynamicSeries } from './thermodynamics.js';

/** Slope in meV/atom/ps of the least-squares line through an energy (eV) over time; undefined before the second sample. */
export function driftOfSeries({ timesFs, values }: ThermodynamicSeries, atomCount: number): number | undefined {
  const count = values.length;
  const meanTime = timesFs.reduce((sum, time) => sum + time, 0) / count;
  const mean = values.reduce((sum, value) => sum + (value - values[0]), 0) / count; // from the first, as drifts are tiny
  let squares = 0;
  let products = 0;
  for (let i = 0; i < count; i++) {
    squares += (timesFs[i] - meanTime) ** 2;
    products += (timesFs[i] - meanTime) * (values[i] - values[0] - mean);
  }
  return squares === 0 ? undefined : ((products / squares) * 1e6) / atomCount;
}
