import { createCalculator } from '../../calculators/create-calculator.js';
import type { MdOptions } from '../../md/settings.js';
import { createStructure } from '../../src/structure/structure.js';
import { rattledCopper } from './copper.js';

/** A crystal of 32 argon atoms, a little disordered and expanded. */
export const argon = createStructure({
  symbols: Array(32).fill('Ar'),
  positions: rattledCopper(2, { rattle: 0.05 }).positions.map((value) => (value * 5.4) / 3.61),
  cell: [10.8, 0, 0, 0, 10.8, 0, 0, 0, 10.8],
});

export const argonPotential = createCalculator('lj', { epsilon: 0.0104, sigma: 3.4, cutoff: 7, smooth: true });

/** Options that make the baths act fast on it. */
export const argonBaths = {
  temperatureK: 60,
  thermostatTimeFs: 100,
  barostatTimeFs: 500,
  compressibilityPerGPa: 0.4,
  seed: 7,
} as const satisfies Partial<MdOptions>;

type Case = readonly [name: string, options: Partial<MdOptions>];

/** Ensembles without random numbers in their steps and with a conserved energy of second order. */
export const deterministicEnsembles: readonly Case[] = [
  ['nve', { ensemble: 'nve' }],
  ['nose-hoover', { ensemble: 'nose-hoover' }],
  ['npt-mtk, isotropic', { ensemble: 'npt-mtk' }],
  ['npt-mtk, anisotropic', { ensemble: 'npt-mtk', coupling: 'anisotropic' }],
  ['npt-mtk, triclinic', { ensemble: 'npt-mtk', coupling: 'triclinic' }],
];

export const randomEnsembles: readonly Case[] = [
  ['langevin', { ensemble: 'langevin' }],
  ['bussi', { ensemble: 'bussi' }],
  ['npt-rescale, isotropic', { ensemble: 'npt-rescale' }],
  ['npt-rescale, anisotropic', { ensemble: 'npt-rescale', coupling: 'anisotropic' }],
  ['npt-rescale, triclinic', { ensemble: 'npt-rescale', coupling: 'triclinic' }],
];

export const weakEnsembles: readonly Case[] = [
  ['berendsen', { ensemble: 'berendsen' }],
  ['npt-berendsen', { ensemble: 'npt-berendsen', coupling: 'triclinic' }],
];
