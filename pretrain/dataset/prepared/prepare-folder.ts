import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LammError } from '../../../src/errors.js';
import { makeFolder, writeFileAtomic } from '../../../src/io/bytes/atomic-file.js';
import { type DataOptions, subsetsOf } from '../../config/data-config.js';
import { flattenConfig } from '../../config/pretrain-config.js';
import type { EnergyReduction } from '../labels/normalizer.js';
import { nameFiles, roles } from '../load/load-subset.js';
import { compareSource, hashFile, readSources, type SourceState } from '../load/source-state.js';
import { teacherFile } from '../load/taught-sink.js';
import { type PreparedData, prepareData } from '../prepare-data.js';
import { fingerprint } from '../sample/fingerprint.js';
import { checkPrepared } from './check-prepared.js';
import { createFolderSink, type FolderSink, listFiles } from './folder-sink.js';
import { formatManifest, hashOf, type ListState, listNames, type Manifest, manifestName } from './manifest.js';

export interface PrepareFolderOptions {
  /** Folder that relative paths of the settings start from. */
  readonly directory: string;
  readonly energyReduction: EnergyReduction;
  /** In A; edges are counted for it. */
  readonly cutoff: number;
  /** Bytes of a shard; 2 GB when absent. */
  readonly shardBytes?: number;
}

/** What went into a folder. */
export interface FolderReport extends Pick<PreparedData, 'files' | 'heads' | 'subsets'> {
  readonly remarks: readonly string[];
  readonly shards: Manifest['shards'];
}

/**
 * Reads all files of a data set once and writes their samples in a form that is read at random: shards of records,
 * columns of sizes, and last the manifest, without which nothing else counts.  What was prepared in the folder before
 * is removed first.
 *
 * @throws {LammError} what speaks against training on the data.
 */
export async function prepareFolder(
  folder: string,
  data: DataOptions,
  options: PrepareFolderOptions,
): Promise<FolderReport> {
  const { directory, energyReduction, cutoff, shardBytes } = options;
  await clearFolder(folder);
  const sources = await readSources(sourcePaths(data, directory));
  const settings = settingsOf(data);
  const dataset = hashOf(JSON.stringify([settings, energyReduction, cutoff, sources.map(({ sha256 }) => sha256)]));
  await using sink = createFolderSink(folder, { cutoff, dataset, ...(shardBytes !== undefined && { shardBytes }) });
  try {
    const prepared = await prepareData(data, { directory, energyReduction, sink });
    const { problems, remarks } = await checkPrepared(prepared);
    if (problems.length > 0) throw new LammError('format', `nothing is trained on these data: ${problems.join('; ')}`);
    await assertUnchanged(sources);
    const { files, heads, subsets } = prepared;
    const manifest: Manifest = {
      ...{ dataset, settings, energyReduction, cutoff, sources, remarks, subsets },
      temperature: data.temperature,
      isJoint: data.subsets.length > 0,
      tables: sink.tables,
      shards: sink.shards,
      lists: await saveLists(folder, prepared, sink),
      heads: heads.map((head) => ({
        ...head,
        normalizer: { ...head.normalizer, references: [...head.normalizer.references] },
      })),
      files: files.map((file) => ({
        ...file,
        leftOut: file.leftOut.map(({ reason, count }) => ({ reason, count, frames: [] })),
      })),
      fingerprint: fingerprint([prepared.training, prepared.validation]),
    };
    await writeFileAtomic(join(folder, manifestName), formatManifest(manifest));
    return { files, heads, subsets, remarks, shards: sink.shards };
  } catch (error) {
    await clearFolder(folder);
    throw error;
  }
}

/** Paths of all files that a data set is made from. */
export function sourcePaths(data: DataOptions, directory: string): string[] {
  return subsetsOf(data).flatMap((options) => [
    ...roles.flatMap((role) => nameFiles(options, { role, directory }).map(({ path }) => path)),
    ...(options.teacher === undefined ? [] : [teacherFile(options.teacher, directory)]),
  ]);
}

/** Settings that decide what a prepared data set holds, by dotted key. */
export function settingsOf(data: DataOptions): Record<string, unknown> {
  const settings: unknown = JSON.parse(
    JSON.stringify(flattenConfig({ subsets: subsetsOf(data).map((subset) => flattenConfig(subset)) })),
  );
  return settings as Record<string, unknown>; // it was a record before it became JSON
}

async function saveLists(folder: string, data: PreparedData, sink: FolderSink): Promise<Manifest['lists']> {
  const states: [string, ListState][] = [];
  for (const name of listNames) {
    await sink.saveList(data[name], name);
    const files = listFiles(name);
    const hash = (file: string) => hashFile(join(folder, file));
    const sha256 = { places: await hash(files.places), atoms: await hash(files.atoms), edges: await hash(files.edges) };
    states.push([name, { count: data[name].length, sha256 }]);
  }
  return Object.fromEntries(states) as Manifest['lists']; // all names were there
}

/** The hashes were taken first: a file that is written meanwhile would be taken for the one that was read. */
async function assertUnchanged(sources: readonly SourceState[]): Promise<void> {
  for (const source of sources) {
    if ((await compareSource(source)) === 'same') continue;
    throw new LammError('format', 'the file was changed while it was read; prepare the data again', {
      file: source.path,
    });
  }
}

/** Removes what this program writes, the manifest first. */
async function clearFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  await rm(join(folder, manifestName), { force: true });
  const isOurs = /^(?:samples-\d{5}|(?:training|validation|test)-(?:places|atoms|edges))\.bin$/;
  for (const name of await readdir(folder)) if (isOurs.test(name)) await rm(join(folder, name));
}
