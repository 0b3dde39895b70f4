import { type Drift, driftFrom } from '../state/drift.js';
import type { ThermodynamicSeries } from './thermodynamics.js';

/** Drift of an energy (eV) over time; undefined before the second sample. */
export function driftOfSeries({ timesFs, values }: ThermodynamicSeries, atomCount: number): Drift | undefined {
  const count = values.length;
  if (count < 2) return undefined;
  const meanTime = timesFs.reduce((sum, time) => sum + time, 0) / count;
  const mean = values.reduce((sum, value) => sum + (value - values[0]), 0) / count; // from the first, as drifts are tiny
  const sums = { count, timeSquares: 0, products: 0, energySquares: 0 };
  for (let i = 0; i < count; i++) {
    const time = (timesFs[i] - meanTime) / 1000;
    const energy = (1000 * (values[i] - values[0] - mean)) / atomCount;
    sums.timeSquares += time ** 2;
    sums.products += time * energy;
    sums.energySquares += energy ** 2;
  }
  return driftFrom(sums, (timesFs[count - 1] - timesFs[0]) / (count - 1) / 1000);
}
