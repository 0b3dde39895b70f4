import { fs } from '../../src/units.js';

/** Stiffest bond to be expected, that of hydrogen to carbon or oxygen, in eV/A^2. */
const stiffestBond = 31;
/** Steps in one period of the fastest vibration. */
const stepsPerPeriod = 20;

/**
 * Shortest period in fs that is to be expected: 2 pi sqrt(m/k) of the lightest mass (amu) on a stiff bond; 12 fs for
 * hydrogen, 92 fs for copper.
 */
export function shortestPeriodFs(masses: Float64Array): number {
  const lightest = masses.reduce((least, mass) => Math.min(least, mass), Number.POSITIVE_INFINITY);
  return (2 * Math.PI * Math.sqrt(lightest / stiffestBond)) / fs;
}

/**
 * The longest advisable time step in fs: a twentieth of the shortest period.
 * It is 0.58 fs for hydrogen, 2 fs for carbon, 4.6 fs for copper.
 */
export function adviseTimestepFs(masses: Float64Array): number {
  return shortestPeriodFs(masses) / stepsPerPeriod;
}
