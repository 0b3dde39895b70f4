import { resolve, sep } from 'node:path';
import { atomicNumber } from '../../../src/elements.js';
import { isAboutOneFile, LammError } from '../../../src/errors.js';
import { expandFolder } from '../../../src/io/data-folder.js';
import { expandFiles } from '../../../src/io/expand-files.js';
import type { DataFileOptions, SubsetOptions } from '../../config/data-config.js';
import { createIsolatedAtoms } from '../labels/isolated-atoms.js';
import { createNumberList, joinNumbers } from '../sample/number-list.js';
import type { Sample, Subset } from '../sample/sample.js';
import type { SampleSink } from '../sample/sample-sink.js';
import { type DataFile, iterateSamples } from './load-samples.js';
import { createApart } from './set-apart.js';
import { createFileTally, type FileSummary, type LeftOutReason, reasonAgainst } from './summary.js';
import { createTaughtSink, openTeacher, teacherFile } from './taught-sink.js';

export const roles = ['train', 'validation', 'test'] as const;
export type Role = (typeof roles)[number];

/** The samples of one subset that something is learned from, or tested on. */
export interface LoadedSubset {
  readonly options: SubsetOptions;
  /** Numbers of the samples in their sink. */
  readonly numbers: Readonly<Record<Role, Uint32Array>>;
  readonly files: readonly FileSummary[];
  /** Energies of free atoms among the frames in eV, by atomic number: references, from which nothing is learned. */
  readonly isolated: ReadonlyMap<number, number>;
}

export interface LoadSubsetOptions {
  /** Folder that relative paths start from. */
  readonly directory: string;
  /** What marks the samples; absent where there is one set alone. */
  readonly subset?: Subset;
  readonly sink: SampleSink;
}

/**
 * Reads the files of a subset, one sample after another, and keeps what fits its task and limits.  Of several files of
 * a role, those that cannot be read are skipped, unless the subset is strict.
 *
 * @throws {LammError} `missing-label` for a file without labels, when the labels of the task are nowhere, and when no
 *   training frame is left; that of the first file where none of a role can be read.
 */
export async function loadSubset(
  options: SubsetOptions,
  { directory, subset, sink }: LoadSubsetOptions,
): Promise<LoadedSubset> {
  const reasonAgainst = createFilter(options);
  const apart = createApart(options.validationShare);
  const isolated = createIsolatedAtoms();
  const numbers = {
    train: createNumberList(Uint32Array),
    validation: createNumberList(Uint32Array),
    test: createNumberList(Uint32Array),
  };
  const summaries: FileSummary[] = [];
  await using teacher =
    options.teacher === undefined ? undefined : openTeacher(teacherFile(options.teacher, directory));
  for (const role of roles) {
    const taught = role === 'train' && teacher !== undefined ? createTaughtSink(sink, teacher) : undefined;
    const target = taught ?? sink;
    const take = async (sample: Sample, reason: LeftOutReason | undefined) => {
      if (reason === 'an isolated atom, whose energy is a reference') isolated.add(sample);
      if (reason !== undefined) return;
      if (role === 'train') apart.add(target.count, sample);
      numbers[role].push(target.count);
      await target.add(subset === undefined ? sample : { ...sample, subset });
    };
    const files = nameFiles(options, { role, directory, prefix: subset && `${subset.name}: ` });
    summaries.push(...(await readFiles(files, { role, reasonAgainst, take, isStrict: options.strict })));
    await taught?.finish();
  }
  if (subset !== undefined) assertLabels(options, summaries);
  const taken = apart.taken();
  const train = numbers.train.view().filter((number) => !taken.has(number));
  if (train.length === 0) {
    throw new LammError('missing-label', `no training frame of ${options.name} is left; check its files and limits`);
  }
  const validation = joinNumbers([numbers.validation.view(), Uint32Array.from(taken)]);
  const { energies } = isolated;
  return { options, files: summaries, numbers: { train, validation, test: numbers.test.view() }, isolated: energies };
}

interface ReadFilesOptions {
  readonly role: Role;
  readonly reasonAgainst: (sample: Sample) => LeftOutReason | undefined;
  readonly take: (sample: Sample, reason: LeftOutReason | undefined) => Promise<void>;
  /** Whether a file that cannot be read is an error in any case. */
  readonly isStrict: boolean;
}

/** Reads the files of a role; one that fails is skipped where another one can be read. */
async function readFiles(
  files: readonly DataFile[],
  { role, reasonAgainst, take, isStrict }: ReadFilesOptions,
): Promise<FileSummary[]> {
  const summaries: FileSummary[] = [];
  let firstError: unknown;
  for (const file of files) {
    const tally = createFileTally(file, role);
    const keyCounts = new Map<string, number>();
    try {
      for await (const sample of iterateSamples(file, { keyCounts, onNotice: tally.notice })) {
        const reason = reasonAgainst(sample);
        tally.add(sample, reason);
        await take(sample, reason);
      }
    } catch (error) {
      if (isStrict || !isAboutOneFile(error)) throw error;
      firstError ??= error;
      tally.skip(error.message);
    }
    summaries.push(tally.finish(keyCounts));
  }
  if (firstError !== undefined && summaries.every(({ skipped }) => skipped !== undefined)) throw firstError;
  return summaries;
}

/** A subset of a joint set says what it teaches; a set alone teaches what it has. */
function assertLabels({ name, task }: SubsetOptions, files: readonly FileSummary[]): void {
  const has = (label: 'energies' | 'forces') => files.some((file) => file.role === 'train' && file[label] > 0);
  if (task === 'denoise') return;
  const [needsEnergy, needsForces] = [task !== 'forces', !task.startsWith('IS2RE')];
  const missing = needsEnergy && !has('energies') ? 'energy' : needsForces && !has('forces') ? 'forces' : undefined;
  if (missing === undefined) return;
  const other =
    missing === 'forces' ? 'IS2RE or IS2RE-Total, which learn energies' : 'forces, which learns forces and stress';
  throw new LammError(
    'missing-label',
    `the subset ${name} learns ${task}, but no training frame of it has ${missing === 'energy' ? 'an energy' : 'forces'}; ` +
      `name the right key with ${missing}Key, or its task is ${other} alone`,
    { quantity: missing },
  );
}

/** Says why a sample is not to be used, if it is not. */
function createFilter({ task, maximumAtoms = Number.POSITIVE_INFINITY, elements }: SubsetOptions) {
  const allowed = elements && new Set(elements.map((symbol) => atomicNumber(symbol)));
  return (sample: Sample): LeftOutReason | undefined => {
    const { numbers } = sample.structure;
    const reason = task === 'denoise' ? undefined : reasonAgainst(sample);
    if (reason !== undefined) return reason;
    if (numbers.length > maximumAtoms) return 'too many atoms';
    return allowed && !numbers.every((number) => allowed.has(number)) ? 'other elements' : undefined;
  };
}

interface NameOptions {
  readonly role: Role;
  readonly directory: string;
  /** Put before names that are not given. */
  readonly prefix?: string;
}

/** Labels that are taken from the files of a subset. */
function labelsOf({ task }: SubsetOptions): DataFile['labels'] {
  if (task === 'denoise') return 'none';
  if (task === 'forces') return 'forces';
  return task.startsWith('IS2RE') ? 'energy' : 'all';
}

/**
 * Gives every file a short name: its own, or its last folder and file name, or the whole path where that is not unique.
 */
export function nameFiles(options: SubsetOptions, { role, directory, prefix = '' }: NameOptions): DataFile[] {
  const entries = options[role].flatMap((entry) =>
    expandFiles(directory, entry.file)
      .flatMap((file) =>
        expandFolder(resolve(directory, file)).map((path) => (path === resolve(directory, file) ? file : path)),
      )
      .map((file) => ({ ...entry, file })),
  );
  const short = ({ file }: DataFileOptions) => resolve(directory, file).split(sep).slice(-2).join('/');
  const shortNames = entries.map(short);
  return entries.map((entry, index) => {
    const unique = shortNames.indexOf(shortNames[index]) === shortNames.lastIndexOf(shortNames[index]);
    return {
      path: resolve(directory, entry.file),
      name: entry.name ?? prefix + (unique ? shortNames[index] : entry.file),
      energyKey: entry.energyKey ?? options.energyKey,
      forcesKey: entry.forcesKey ?? options.forcesKey,
      labels: labelsOf(options),
    };
  });
}
