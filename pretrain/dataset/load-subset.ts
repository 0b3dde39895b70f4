import { resolve, sep } from 'node:path';
import { atomicNumber } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import type { DataFileOptions, SubsetOptions } from '../config-data.js';
import { type DataFile, loadSamples, type SampleFile } from './load-samples.js';
import type { Sample, Subset } from './sample.js';
import { geometryHash } from './split.js';
import { elementsOf, type FileSummary, isLabelled, summarizeFile } from './summary.js';

const roles = ['train', 'validation', 'test'] as const;

/** The samples of one subset that something is learned from, or tested on. */
export interface LoadedSubset {
  readonly options: SubsetOptions;
  readonly train: readonly Sample[];
  readonly validation: readonly Sample[];
  readonly test: readonly Sample[];
  readonly files: readonly FileSummary[];
}

export interface LoadSubsetOptions {
  /** Folder that relative paths start from. */
  readonly directory: string;
  /** What marks the samples; absent where there is one set alone. */
  readonly subset?: Subset;
}

/**
 * Loads the files of a subset and keeps what fits its task and limits.
 *
 * @throws {LammError} `missing-label` for a file without labels, and when no training frame is left.
 */
export async function loadSubset(
  options: SubsetOptions,
  { directory, subset }: LoadSubsetOptions,
): Promise<LoadedSubset> {
  const fits = createFilter(options);
  const kept: Record<(typeof roles)[number], Sample[]> = { train: [], validation: [], test: [] };
  const files: FileSummary[] = [];
  for (const role of roles) {
    for (const file of nameFiles(options, { role, directory, prefix: subset && `${subset.name}: ` })) {
      const loaded: SampleFile = await loadSamples(file);
      const used = loaded.samples.filter(fits);
      files.push(summarizeFile(loaded, role, used));
      for (const sample of used) kept[role].push(subset === undefined ? sample : { ...sample, subset });
    }
  }
  const { train, setApart } = setValidationApart(kept.train, options.validationShare);
  if (train.length === 0) {
    throw new LammError('missing-label', `no training frame of ${options.name} is left; check its files and limits`);
  }
  return { options, files, train, validation: [...kept.validation, ...setApart], test: kept.test };
}

/** Takes a share of the samples away, but none with an element that the others do not hold. */
function setValidationApart(samples: readonly Sample[], share: number) {
  const isApart = ({ structure }: Sample) =>
    Number.parseInt(geometryHash(structure).slice(0, 12), 16) < share * 2 ** 48;
  if (share === 0) return { train: samples, setApart: [] };
  const known = new Set(elementsOf(samples.filter((sample) => !isApart(sample))));
  const taken = new Set(
    samples.filter((sample) => isApart(sample) && sample.structure.numbers.every((number) => known.has(number))),
  );
  return { train: samples.filter((sample) => !taken.has(sample)), setApart: [...taken] };
}

/** Whether a sample is to be used. */
function createFilter({ task, maximumAtoms = Number.POSITIVE_INFINITY, elements }: SubsetOptions) {
  const allowed = elements && new Set(elements.map((symbol) => atomicNumber(symbol)));
  return (sample: Sample): boolean => {
    const { numbers } = sample.structure;
    const isLearned = task === 'denoise' || isLabelled(sample);
    return isLearned && numbers.length <= maximumAtoms && (!allowed || numbers.every((number) => allowed.has(number)));
  };
}

interface NameOptions {
  readonly role: (typeof roles)[number];
  readonly directory: string;
  /** Put before names that are not given. */
  readonly prefix?: string;
}

/** Gives every file a short name: its own, or its last folder and file name, or the whole path where that is not unique. */
function nameFiles(options: SubsetOptions, { role, directory, prefix = '' }: NameOptions): DataFile[] {
  const entries = options[role];
  const short = ({ file }: DataFileOptions) => resolve(directory, file).split(sep).slice(-2).join('/');
  const shortNames = entries.map(short);
  const labels = options.task === 'denoise' ? 'none' : options.task.startsWith('IS2RE') ? 'energy' : 'all';
  return entries.map((entry, index) => {
    const unique = shortNames.indexOf(shortNames[index]) === shortNames.lastIndexOf(shortNames[index]);
    return {
      path: resolve(directory, entry.file),
      name: entry.name ?? prefix + (unique ? shortNames[index] : entry.file),
      energyKey: entry.energyKey ?? options.energyKey,
      forcesKey: entry.forcesKey ?? options.forcesKey,
      labels,
    };
  });
}
