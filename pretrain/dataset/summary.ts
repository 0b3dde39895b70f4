import { chemicalSymbols } from '../../src/elements.js';
import { type ReferenceFit, referenceEnergyOf } from '../reference-energies.js';
import type { SampleFile } from './load-samples.js';
import type { Sample, SampleOrigin } from './sample.js';

/** What a file gave. */
export interface FileSummary {
  readonly name: string;
  readonly role: 'train' | 'validation' | 'test';
  readonly frames: number;
  readonly atoms: number;
  /** Frames with each label. */
  readonly energies: number;
  readonly forces: number;
  readonly stresses: number;
  /** Frames that nothing is learned from: without the labels that are wanted, too large, or of other elements. */
  readonly unused: number;
  /** Keys that were read with the frames but are no labels. */
  readonly ignoredKeys: readonly string[];
}

/** Distance of a sample from the reference fit. */
export interface Residual {
  readonly origin: SampleOrigin;
  /** eV/atom. */
  readonly perAtom: number;
}

/** How well the references explain the energies of the training frames. */
export interface FitSummary {
  /** By symbol, eV. */
  readonly references: Readonly<Record<string, number>>;
  readonly fittedCount: number;
  readonly rank: number;
  /** Root mean square of what is left, eV/atom. */
  readonly residual: number;
  /** The samples that are left farthest, worst first. */
  readonly worst: readonly Residual[];
}

export function summarizeFile(
  { file, samples, keyCounts }: SampleFile,
  role: FileSummary['role'],
  used: readonly Sample[] = samples.filter(isLabelled),
): FileSummary {
  const count = (test: (sample: Sample) => boolean) => samples.filter(test).length;
  const usedKeys = new Set(['energy', 'forces', 'stress', file.energyKey, file.forcesKey, 'config_type']);
  return {
    name: file.name,
    role,
    frames: samples.length,
    atoms: samples.reduce((sum, { structure }) => sum + structure.numbers.length, 0),
    energies: count(({ energy }) => energy !== undefined),
    forces: count(({ forces }) => forces !== undefined),
    stresses: count(({ stress }) => stress !== undefined),
    unused: samples.length - used.length,
    ignoredKeys: [...keyCounts.keys()].filter((key) => !usedKeys.has(key)).sort(),
  };
}

/** Atomic numbers of samples, rising. */
export function elementsOf(samples: readonly Sample[]): number[] {
  return [...new Set(samples.flatMap(({ structure }) => [...new Set(structure.numbers)]))].sort((a, b) => a - b);
}

/** Whether a sample teaches anything. */
export function isLabelled({ energy, forces }: Sample): boolean {
  return energy !== undefined || forces !== undefined;
}

export function summarizeFit(samples: readonly Sample[], { references, fitted, rank }: ReferenceFit): FitSummary {
  const residuals = samples
    .filter(({ energy }) => energy !== undefined)
    .map(({ structure, energy = 0, origin }) => ({
      origin,
      perAtom: (energy - referenceEnergyOf(references, structure)) / structure.numbers.length,
    }));
  const squareSum = residuals.reduce((sum, { perAtom }) => sum + perAtom ** 2, 0);
  return {
    references: Object.fromEntries([...references].map(([number, energy]) => [chemicalSymbols[number], energy])),
    fittedCount: fitted.length,
    rank,
    residual: Math.sqrt(squareSum / Math.max(1, residuals.length)),
    worst: residuals.sort((a, b) => Math.abs(b.perAtom) - Math.abs(a.perAtom)).slice(0, 5),
  };
}
