import { chemicalSymbols } from '../../../src/elements.js';
import { isIsolatedAtom } from '../labels/isolated-atoms.js';
import { type ReferenceFit, referenceEnergyOf } from '../labels/reference-energies.js';
import type { Sample, SampleOrigin } from '../sample/sample.js';
import type { DataFile, SampleFile } from './load-samples.js';

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
  /** Frames that nothing is learned from. */
  readonly unused: number;
  /** Frames that nothing is learned from, by reason. */
  readonly leftOut: readonly LeftOut[];
  /** Frames that are drawings in two dimensions. */
  readonly drawings: number;
  /** Keys that were read with the frames but are no labels. */
  readonly ignoredKeys: readonly string[];
  /** What had to be assumed about the file, or was left out of it. */
  readonly notices: readonly string[];
  /** Why the file, or the rest of it, could not be read. */
  readonly skipped?: string;
}

/** Why a frame is not used. */
export type LeftOutReason =
  | 'no label for the task'
  | 'too many atoms'
  | 'other elements'
  | 'an isolated atom, whose energy is a reference'
  | 'an element that no training frame holds';

export interface LeftOut {
  readonly reason: LeftOutReason;
  readonly count: number;
  /** Numbers of the frames in their file, counted from 1. */
  readonly frames: readonly number[];
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
  /** Energies of free atoms that are in the data, by symbol, eV; they were not fitted. */
  readonly isolated?: Readonly<Record<string, number>>;
  readonly rank: number;
  /** Root mean square of what is left, eV/atom. */
  readonly residual: number;
  /** The samples that are left farthest, worst first. */
  readonly worst: readonly Residual[];
}

/** Summary of a file whose samples are in memory; without labels, all of them are used. */
export function summarizeFile(
  { file, samples, keyCounts, notices }: SampleFile,
  role: FileSummary['role'],
): FileSummary {
  const tally = createFileTally(file, role);
  const areUnlabelled = file.labels === 'none';
  for (const sample of samples) tally.add(sample, areUnlabelled ? undefined : reasonAgainst(sample));
  return { ...tally.finish(keyCounts), notices };
}

/** Why nothing is learned from a sample, whatever the task. */
export function reasonAgainst(sample: Sample): LeftOutReason | undefined {
  if (!isLabelled(sample)) return 'no label for the task';
  return isIsolatedAtom(sample) ? 'an isolated atom, whose energy is a reference' : undefined;
}

/** Counts the samples of a file while they are read. */
export function createFileTally(file: DataFile, role: FileSummary['role']) {
  const counts = { frames: 0, atoms: 0, energies: 0, forces: 0, stresses: 0, unused: 0, drawings: 0 };
  const leftOut = new Map<LeftOutReason, number[]>();
  const notices: string[] = [];
  let skipped: string | undefined;
  return {
    notice: (notice: string) => notices.push(notice),
    /** The file, or the rest of it, cannot be read. */
    skip(message: string): void {
      skipped = message;
    },
    /** `reason`: why the sample is not used, if it is not. */
    add({ structure, energy, forces, stress, origin }: Sample, reason: LeftOutReason | undefined): void {
      counts.frames++;
      counts.atoms += structure.numbers.length;
      if (energy !== undefined) counts.energies++;
      if (forces !== undefined) counts.forces++;
      if (stress !== undefined) counts.stresses++;
      if (structure.info.is_2d === true) counts.drawings++;
      if (reason === undefined) return;
      counts.unused++;
      const frames = leftOut.get(reason) ?? [];
      leftOut.set(reason, frames);
      frames.push(origin.frame);
    },
    finish(keyCounts: ReadonlyMap<string, number>): FileSummary {
      const usedKeys = new Set(['energy', 'forces', 'stress', file.energyKey, file.forcesKey, 'config_type']);
      return {
        name: file.name,
        role,
        ...counts,
        leftOut: Array.from(leftOut, ([reason, frames]) => ({ reason, count: frames.length, frames })),
        ignoredKeys: [...keyCounts.keys()].filter((key) => !usedKeys.has(key)).sort(),
        notices,
        ...(skipped !== undefined && { skipped }),
      };
    },
  };
}

/** Atomic numbers of samples, rising. */
export function elementsOf(samples: Iterable<Sample>): number[] {
  const isPresent = new Uint8Array(256);
  for (const { structure } of samples) for (const number of structure.numbers) isPresent[number] = 1;
  return Array.from(isPresent.keys()).filter((number) => isPresent[number] === 1);
}

/** Whether a sample teaches anything. */
export function isLabelled({ energy, forces }: Sample): boolean {
  return energy !== undefined || forces !== undefined;
}

/** Number of samples that are named as the farthest from the fit. */
const worstCount = 5;

export function summarizeFit(
  samples: Iterable<Sample>,
  { references, fitted, rank }: ReferenceFit,
  isolated: ReadonlyMap<number, number> = new Map(),
): FitSummary {
  const worst: Residual[] = [];
  let [squareSum, count] = [0, 0];
  for (const { structure, energy, origin } of samples) {
    if (energy === undefined) continue;
    const perAtom = (energy - referenceEnergyOf(references, structure)) / structure.numbers.length;
    squareSum += perAtom ** 2;
    count++;
    if (worst.length === worstCount && !(Math.abs(perAtom) > Math.abs(worst[worstCount - 1].perAtom))) continue;
    worst.push({ origin, perAtom });
    worst.sort((a, b) => Math.abs(b.perAtom) - Math.abs(a.perAtom));
    worst.length = Math.min(worst.length, worstCount);
  }
  return {
    references: bySymbol(references),
    fittedCount: fitted.length,
    ...(isolated.size > 0 && { isolated: bySymbol(isolated) }),
    rank,
    residual: Math.sqrt(squareSum / Math.max(1, count)),
    worst,
  };
}

function bySymbol(energies: ReadonlyMap<number, number>): Record<string, number> {
  return Object.fromEntries([...energies].map(([number, energy]) => [chemicalSymbols[number], energy]));
}
