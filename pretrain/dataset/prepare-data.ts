import { LammError } from '../../src/errors.js';
import { type DataOptions, type SubsetOptions, subsetsOf } from '../config/data-config.js';
import type { DataReport } from './check/check-data.js';
import type { EnergyReduction } from './labels/normalizer.js';
import { type LoadedSubset, loadSubset, type Role } from './load/load-subset.js';
import { elementsOf, type FileSummary, type LeftOutReason } from './load/summary.js';
import { knownElements, noiseOf, type PreparedHead, prepareHead } from './prepare-head.js';
import { fingerprint, withTemperature } from './sample/fingerprint.js';
import { joinNumbers } from './sample/number-list.js';
import type { Sample, SampleList, Subset } from './sample/sample.js';
import { createMemorySink, type SampleSink } from './sample/sample-sink.js';

/** Samples ready to become batches, those of each subset together, and what was found on the way. */
export interface PreparedData {
  readonly training: SampleList;
  readonly validation: SampleList;
  readonly test: SampleList;
  /** How many of the training samples each subset has, in their order. */
  readonly subsets: readonly PreparedSubset[];
  /** The outputs of the model. */
  readonly heads: readonly PreparedHead[];
  /** Atomic numbers of the training samples, rising. */
  readonly elements: readonly number[];
  readonly files: readonly FileSummary[];
  /** Of the training and validation samples. */
  readonly fingerprint: string;
  /** What speaks against the data, where that is known already. */
  readonly report?: Pick<DataReport, 'problems' | 'remarks'>;
}

export interface PreparedSubset {
  readonly name: string;
  readonly task: SubsetOptions['task'];
  readonly head: string;
  /** The model that tells how energies are shared out among atoms, and of how many training samples it could. */
  readonly teacher?: { readonly model: string; readonly count: number };
  /** Training samples. */
  readonly count: number;
  readonly validation: number;
  readonly test: number;
  /** Atomic numbers of the training samples, rising. */
  readonly elements: readonly number[];
}

export interface PrepareOptions {
  /** Folder that relative paths start from. */
  readonly directory: string;
  readonly energyReduction: EnergyReduction;
  /** Where the samples go; into memory when absent. */
  readonly sink?: SampleSink;
}

/**
 * Reads all files, fits the reference energies of each head to its training samples and measures the scales.
 *
 * @throws {LammError} `missing-label` for a file without labels; `unsupported-element` for an element without a
 *   reference energy; `format` for labels that are not finite or lie absurdly far from the fit.
 */
export async function prepareData(
  data: DataOptions,
  { directory, energyReduction, sink = createMemorySink() }: PrepareOptions,
): Promise<PreparedData> {
  const loaded = withoutForeign(await loadSubsets(data, { directory, sink }), sink);
  const { maximumResidual } = data;
  const list = (subsets: readonly LoadedSubset[], ...roles: readonly Role[]) =>
    sink.list(joinNumbers(roles.flatMap((role) => subsets.map(({ numbers }) => numbers[role]))));
  const heads = headNames(loaded.map(({ options }) => options)).map((name) => {
    const own = loaded.filter(({ options }) => headOf(options) === name);
    const [training, others] = [list(own, 'train'), list(own, 'validation', 'test')];
    return prepareHead(own, { name, energyReduction, maximumResidual, training, others });
  });
  const subsets = loaded.map((subset) => describeSubset(subset, list([subset], 'train')));
  const [training, validation] = [list(loaded, 'train'), list(loaded, 'validation')];
  const files = loaded.flatMap((subset) => subset.files);
  return {
    training,
    validation,
    test: list(loaded, 'test'),
    subsets,
    heads,
    elements: [...new Set(subsets.flatMap(({ elements }) => elements))].sort((a, b) => a - b),
    files: (['train', 'validation', 'test'] as const).flatMap((role) => files.filter((file) => file.role === role)),
    fingerprint: fingerprintOf(fingerprint([training, validation]), data),
  };
}

/** What a training of these samples depends on: in a joint set the temperature, too. */
function fingerprintOf(
  samples: string,
  { subsets, temperature }: Pick<DataOptions, 'subsets' | 'temperature'>,
): string {
  return subsets.length > 0 ? withTemperature(samples, temperature) : samples;
}

async function loadSubsets(
  data: DataOptions,
  { directory, sink }: { readonly directory: string; readonly sink: SampleSink },
): Promise<LoadedSubset[]> {
  const subsets = subsetsOf(data);
  const names = headNames(subsets);
  const loaded: LoadedSubset[] = [];
  for (const options of subsets) {
    const noise = noiseOf(options);
    const { name, weight } = options;
    const head = names.indexOf(headOf(options));
    const subset: Subset = { name, head, ...(noise && { noise }), ...(weight !== 1 && { weight }) };
    loaded.push(await loadSubset(options, { directory, sink, ...(data.subsets.length > 0 && { subset }) }));
  }
  await sink.finish();
  return loaded;
}

const foreign: LeftOutReason = 'an element that no training frame holds';

/**
 * Leaves out what no training frame of the head can teach: frames to validate and test on with other elements.  A role
 * that would be empty then, and a strict subset, keep them, and are refused.
 */
function withoutForeign(loaded: readonly LoadedSubset[], sink: SampleSink): LoadedSubset[] {
  const names = headNames(loaded.map(({ options }) => options));
  const known = new Map(
    names.map((name) => {
      const own = loaded.filter(({ options }) => headOf(options) === name);
      return [name, knownElements(own, sink.list(joinNumbers(own.map(({ numbers }) => numbers.train))))];
    }),
  );
  return loaded.map((subset) => {
    if (subset.options.strict) return subset;
    const isForeign = ({ structure }: Sample) =>
      structure.numbers.some((number) => !known.get(headOf(subset.options))?.has(number));
    return (['validation', 'test'] as const).reduce(
      (kept, role) => dropFrames(kept, { role, sink, isForeign }),
      subset,
    );
  });
}

function dropFrames(
  subset: LoadedSubset,
  { role, sink, isForeign }: { role: 'validation' | 'test'; sink: SampleSink; isForeign: (sample: Sample) => boolean },
): LoadedSubset {
  const frames = new Map<string, number[]>();
  const samples = sink.list(subset.numbers[role])[Symbol.iterator]();
  const kept = subset.numbers[role].filter(() => {
    const { value: sample } = samples.next();
    if (sample === undefined || !isForeign(sample)) return true;
    const { file, frame } = sample.origin;
    frames.set(file, [...(frames.get(file) ?? []), frame]);
    return false;
  });
  if (kept.length === 0 || frames.size === 0) return subset;
  const files = subset.files.map((file) => {
    const own = file.role === role ? frames.get(file.name) : undefined;
    if (own === undefined) return file;
    const leftOut = [...file.leftOut, { reason: foreign, count: own.length, frames: own }];
    return { ...file, unused: file.unused + own.length, leftOut };
  });
  return { ...subset, files, numbers: { ...subset.numbers, [role]: kept } };
}

function describeSubset({ options, numbers }: LoadedSubset, training: SampleList): PreparedSubset {
  return {
    name: options.name,
    task: options.task,
    head: headOf(options),
    ...(options.teacher !== undefined && { teacher: { model: options.teacher, count: countTaught(training) } }),
    count: numbers.train.length,
    validation: numbers.validation.length,
    test: numbers.test.length,
    elements: elementsOf(training),
  };
}

function countTaught(samples: SampleList): number {
  let count = 0;
  for (const { atomEnergies } of samples) count += Number(atomEnergies !== undefined);
  return count;
}

function headNames(subsets: readonly SubsetOptions[]): string[] {
  return [...new Set(subsets.map(headOf))];
}

/** Name of the output that a subset trains. */
export function headOf({ head, name }: SubsetOptions): string {
  return head ?? name;
}

/** @throws {LammError} `unsupported-element` when a model has no room for an element of the data. */
export function assertRoom(elements: readonly number[], elementCount: number): void {
  const highest = Math.max(...elements);
  if (highest <= elementCount) return;
  throw new LammError(
    'unsupported-element',
    `the data hold atomic number ${highest}, but model.elementCount is ${elementCount}; raise it to ${highest}`,
  );
}
