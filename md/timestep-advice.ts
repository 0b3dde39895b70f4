import { fs } from '../src/units.js';

/** Stiffest bond to be expected, that of hydrogen to carbon or oxygen, in eV/A^2. */
const stiffestBond = 31;
/** Steps in one period of the fastest vibration. */
const stepsPerPeriod = 20;

/**
 * The longest advisable time step in fs: a twentieth of the period 2 pi sqrt(m/k) in which the lightest mass (amu) would swing on a stiff bond.
 * It is 0.58 fs for hydrogen, 2 fs for carbon, 4.6 fs for copper.
 */
export function adviseTimestepFs(masses: Float64Array): number {
  const lightest = masses.reduce((least, mass) => Math.min(least, mass), Number.POSITIVE_INFINITY);
  return (2 * Math.PI * Math.sqrt(lightest / stiffestBond)) / stepsPerPeriod / fs;
}
