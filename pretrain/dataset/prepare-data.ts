import { resolve, sep } from 'node:path';
import { atomicNumber } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import type { DataFileOptions, DataOptions } from '../config.js';
import { type EnergyReduction, fitNormalizer, type Normalizer } from '../normalizer.js';
import { assertReferences, fitReferenceEnergies } from '../reference-energies.js';
import { fingerprint } from './fingerprint.js';
import { type DataFile, loadSamples, type SampleFile } from './load-samples.js';
import { describeOrigin, type Sample } from './sample.js';
import { type FileSummary, type FitSummary, isLabelled, summarizeFile, summarizeFit } from './summary.js';

/** Samples that carry labels, ready to become batches, and what was found on the way. */
export interface PreparedData {
  readonly training: readonly Sample[];
  readonly validation: readonly Sample[];
  readonly test: readonly Sample[];
  /** Atomic numbers of the training samples, rising. */
  readonly elements: readonly number[];
  readonly normalizer: Normalizer;
  readonly files: readonly FileSummary[];
  readonly fit: FitSummary;
  /** Of the training and validation samples. */
  readonly fingerprint: string;
}

export interface PrepareOptions {
  /** Folder that relative paths start from. */
  readonly directory: string;
  readonly energyReduction: EnergyReduction;
}

/**
 * Loads all files, fits the reference energies to the training samples and measures the scales.
 *
 * @throws {LammError} `missing-label` for a file without labels; `unsupported-element` for an element without a reference energy;
 *   `format` for labels that are not finite or lie absurdly far from the fit.
 */
export async function prepareData(
  data: DataOptions,
  { directory, energyReduction }: PrepareOptions,
): Promise<PreparedData> {
  const training = await loadAll(data.train, data, directory);
  const validation = await loadAll(data.validation, data, directory);
  const test = await loadAll(data.test, data, directory);
  const trainingSamples = labelledOf(training);
  const fixed = new Map(
    Object.entries(data.referenceEnergies).map(([symbol, energy]) => [atomicNumber(symbol), energy]),
  );
  const fit = fitReferenceEnergies(trainingSamples, { fixed, perAtom: energyReduction === 'per-atom' });
  for (const files of [training, validation, test]) assertReferences(fit.references, labelledOf(files));
  const fitSummary = summarizeFit(trainingSamples, fit);
  assertPlausible(fitSummary, data.maximumResidual);
  return {
    training: trainingSamples,
    validation: labelledOf(validation),
    test: labelledOf(test),
    elements: [...new Set(trainingSamples.flatMap(({ structure }) => [...new Set(structure.numbers)]))].sort(
      (a, b) => a - b,
    ),
    normalizer: fitNormalizer(trainingSamples, fit.references, energyReduction),
    files: [
      ...training.map((file) => summarizeFile(file, 'train')),
      ...validation.map((file) => summarizeFile(file, 'validation')),
      ...test.map((file) => summarizeFile(file, 'test')),
    ],
    fit: fitSummary,
    fingerprint: fingerprint([trainingSamples, labelledOf(validation)]),
  };
}

async function loadAll(files: readonly DataFileOptions[], data: DataOptions, directory: string): Promise<SampleFile[]> {
  const loaded: SampleFile[] = [];
  for (const file of nameFiles(files, data, directory)) loaded.push(await loadSamples(file));
  return loaded;
}

/** Gives every file a short name: its own, or its last folder and file name, or the whole path where that is not unique. */
function nameFiles(files: readonly DataFileOptions[], data: DataOptions, directory: string): DataFile[] {
  const short = ({ file }: DataFileOptions) => resolve(directory, file).split(sep).slice(-2).join('/');
  const shortNames = files.map(short);
  return files.map((entry, index) => {
    const unique = shortNames.indexOf(shortNames[index]) === shortNames.lastIndexOf(shortNames[index]);
    return {
      path: resolve(directory, entry.file),
      name: entry.name ?? (unique ? shortNames[index] : entry.file),
      energyKey: entry.energyKey ?? data.energyKey,
      forcesKey: entry.forcesKey ?? data.forcesKey,
    };
  });
}

function labelledOf(files: readonly SampleFile[]): Sample[] {
  return files.flatMap(({ samples }) => samples.filter(isLabelled));
}

function assertPlausible({ worst, residual }: FitSummary, maximumResidual: number): void {
  const [first] = worst;
  if (first === undefined || Math.abs(first.perAtom) <= maximumResidual) return;
  throw new LammError(
    'format',
    `${describeOrigin(first.origin)} lies ${first.perAtom.toFixed(2)} eV/atom from the reference fit (rms ${residual.toFixed(2)}): ` +
      'its energy has another unit or level of theory, or the wrong key was read; correct it, or raise data.maximumResidual',
    { quantity: 'energy', expected: `at most ${maximumResidual} eV/atom`, actual: `${first.perAtom} eV/atom` },
  );
}
