import { type DataOptions, type SubsetOptions, subsetsOf } from '../config-data.js';
import type { EnergyReduction } from '../normalizer.js';
import { fingerprint } from './fingerprint.js';
import { type LoadedSubset, loadSubset } from './load-subset.js';
import { noiseOf, type PreparedHead, prepareHead } from './prepare-head.js';
import type { Sample } from './sample.js';
import { elementsOf, type FileSummary } from './summary.js';

/** Samples ready to become batches, those of each subset together, and what was found on the way. */
export interface PreparedData {
  readonly training: readonly Sample[];
  readonly validation: readonly Sample[];
  readonly test: readonly Sample[];
  /** Names of the subsets and how many of the training samples each has. */
  readonly subsets: readonly { readonly name: string; readonly count: number }[];
  /** The outputs of the model. */
  readonly heads: readonly PreparedHead[];
  /** Atomic numbers of the training samples, rising. */
  readonly elements: readonly number[];
  readonly files: readonly FileSummary[];
  /** Of the training and validation samples. */
  readonly fingerprint: string;
}

export interface PrepareOptions {
  /** Folder that relative paths start from. */
  readonly directory: string;
  readonly energyReduction: EnergyReduction;
}

/**
 * Loads all files, fits the reference energies of each head to its training samples and measures the scales.
 *
 * @throws {LammError} `missing-label` for a file without labels; `unsupported-element` for an element without a reference energy;
 *   `format` for labels that are not finite or lie absurdly far from the fit.
 */
export async function prepareData(
  data: DataOptions,
  { directory, energyReduction }: PrepareOptions,
): Promise<PreparedData> {
  const loaded = await loadSubsets(data, directory);
  const { maximumResidual, temperature } = data;
  const heads = headNames(loaded.map(({ options }) => options)).map((name) =>
    prepareHead(
      loaded.filter(({ options }) => headOf(options) === name),
      { name, energyReduction, maximumResidual },
    ),
  );
  const training = loaded.flatMap(({ train }) => train);
  const validation = loaded.flatMap((subset) => subset.validation);
  const files = loaded.flatMap((subset) => subset.files);
  return {
    training,
    validation,
    test: loaded.flatMap(({ test }) => test),
    subsets: loaded.map(({ options, train }) => ({ name: options.name, count: train.length })),
    heads,
    elements: elementsOf(training),
    files: (['train', 'validation', 'test'] as const).flatMap((role) => files.filter((file) => file.role === role)),
    fingerprint: fingerprint([training, validation], data.subsets.length > 0 ? `temperature ${temperature}` : ''),
  };
}

async function loadSubsets(data: DataOptions, directory: string): Promise<LoadedSubset[]> {
  const subsets = subsetsOf(data);
  const names = headNames(subsets);
  const loaded: LoadedSubset[] = [];
  for (const options of subsets) {
    const noise = noiseOf(options);
    const subset = { name: options.name, head: names.indexOf(headOf(options)), ...(noise && { noise }) };
    loaded.push(await loadSubset(options, { directory, ...(data.subsets.length > 0 && { subset }) }));
  }
  return loaded;
}

function headNames(subsets: readonly SubsetOptions[]): string[] {
  return [...new Set(subsets.map(headOf))];
}

function headOf({ head, name }: SubsetOptions): string {
  return head ?? name;
}
