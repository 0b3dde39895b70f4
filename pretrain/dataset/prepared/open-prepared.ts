import { join, resolve } from 'node:path';
import { LammError } from '../../../src/errors.js';
import { openByteSource } from '../../../src/io/bytes/byte-source.js';
import type { DataOptions } from '../../config/data-config.js';
import type { EnergyReduction } from '../labels/normalizer.js';
import { compareSource, exists, expandSources, hashFile } from '../load/source-state.js';
import type { PreparedData } from '../prepare-data.js';
import { withTemperature } from '../sample/fingerprint.js';
import type { KnownSizes } from '../sample/sample.js';
import { listFiles } from './folder-sink.js';
import { type ListName, listNames, type Manifest, readManifest } from './manifest.js';
import { settingsOf, sourcePaths } from './prepare-folder.js';
import { assertShard, shardName } from './shards.js';
import { openSamples, type StoredSamples } from './stored-samples.js';

export interface OpenPreparedOptions {
  /** Folder that relative paths start from. */
  readonly directory: string;
  readonly energyReduction: EnergyReduction;
}

/** Prepared data whose samples are read when they are needed. */
export interface StoredData extends Omit<PreparedData, ListName>, Readonly<Record<ListName, StoredSamples>> {}

/**
 * Opens what `lamm data prepare` wrote, for a training with these settings.
 *
 * @throws {LammError} `format` with what to do when files or settings have changed since, or something is damaged.
 */
export async function openPrepared(
  folder: string,
  data: DataOptions,
  options: OpenPreparedOptions,
): Promise<StoredData> {
  const manifest = readManifest(folder);
  const stale = await findStale(manifest, data, options);
  if (stale !== undefined) {
    throw new LammError('format', `${stale}; prepare the data again`, { file: folder });
  }
  for (const [number, { size }] of manifest.shards.entries())
    assertShard(folder, number, { size, dataset: manifest.dataset });
  const { subsets, heads, files, isJoint, temperature, remarks } = manifest;
  const gone = manifest.sources.filter(({ path }) => !exists(path)).length;
  return {
    ...(await openLists(folder, manifest)),
    subsets,
    heads: heads.map((head) => ({
      ...head,
      normalizer: { ...head.normalizer, references: new Map(head.normalizer.references) },
    })),
    elements: [...new Set(subsets.flatMap(({ elements }) => elements))].sort((a, b) => a - b),
    files,
    fingerprint: isJoint ? withTemperature(manifest.fingerprint, data.temperature) : manifest.fingerprint,
    report: {
      problems: [],
      remarks: [
        ...remarks,
        ...(gone > 0
          ? [
              `${gone} of ${manifest.sources.length} files that the data came from are not there any more, so nobody knows whether they changed`,
            ]
          : []),
        ...(temperature !== data.temperature
          ? [`prepared with the temperature ${temperature}, trained with ${data.temperature}`]
          : []),
      ],
    },
  };
}

/** What has changed since a data set was prepared, if anything. */
export async function findStale(
  manifest: Manifest,
  data: DataOptions,
  { directory, energyReduction, cutoff }: OpenPreparedOptions & { readonly cutoff?: number },
): Promise<string | undefined> {
  if (energyReduction !== manifest.energyReduction) {
    return `prepared for training.energyReduction ${manifest.energyReduction}, which is now ${energyReduction}`;
  }
  if (cutoff !== undefined && cutoff !== manifest.cutoff)
    return `prepared for a cutoff of ${manifest.cutoff} A, which is now ${cutoff} A`;
  return (
    (await findStaleSource(manifest)) ?? (namesFiles(data) ? findStaleSetting(manifest, data, directory) : undefined)
  );
}

async function findStaleSource({ sources }: Manifest): Promise<string | undefined> {
  for (const source of sources) {
    if ((await compareSource(source)) === 'changed') return `${source.path} has changed since it was prepared`;
  }
  return undefined;
}

function namesFiles({ train, subsets }: DataOptions): boolean {
  return train.length + subsets.length > 0;
}

function findStaleSetting({ settings, sources }: Manifest, data: DataOptions, directory: string): string | undefined {
  const now = settingsOf(data);
  const keys = [...new Set([...Object.keys(settings), ...Object.keys(now)])];
  const key = keys.find((name) => JSON.stringify(settings[name]) !== JSON.stringify(now[name]));
  if (key !== undefined) return 'the files, limits or tasks of the subsets are not those that were prepared';
  if (sources.every(({ path }) => !exists(path))) return undefined; // the files may be left behind
  const known = new Set(sources.map(({ path }) => path));
  const added = expandSources(sourcePaths(data, directory)).find((path) => !known.has(path));
  return added === undefined ? undefined : `${added} was added since`;
}

async function openLists(
  folder: string,
  { lists, cutoff, tables }: Manifest,
): Promise<Record<ListName, StoredSamples>> {
  const opened: [string, StoredSamples][] = [];
  for (const name of listNames) {
    const { count } = lists[name];
    const files = listFiles(name);
    const sizes: KnownSizes = {
      atoms: readColumn(join(folder, files.atoms), count),
      edges: readColumn(join(folder, files.edges), count),
      cutoff,
    };
    opened.push([
      name,
      openSamples({ kind: 'folder', folder: resolve(folder), placeFile: files.places, count, tables }, sizes),
    ]);
  }
  return Object.fromEntries(opened) as Record<ListName, StoredSamples>; // all names were there
}

/** More bytes than this are not read at once. */
const pieceBytes = 1 << 28;

function readColumn(path: string, count: number): Uint32Array {
  using source = openByteSource(path);
  const column = new Uint32Array(count);
  const bytes = new Uint8Array(column.buffer);
  if (source.size !== bytes.length) {
    throw new LammError('format', `expected ${bytes.length} bytes, found ${source.size}; prepare the data again`, {
      file: path,
    });
  }
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    bytes.set(source.read(start, Math.min(pieceBytes, bytes.length - start)), start);
  }
  return column;
}

/** Reads everything once and compares it with its hashes. */
export async function verifyPrepared(folder: string): Promise<void> {
  const { shards, lists } = readManifest(folder);
  const expected: [string, string][] = shards.map(({ sha256 }, number) => [shardName(number), sha256]);
  for (const name of listNames) {
    const files = listFiles(name);
    for (const column of ['places', 'atoms', 'edges'] as const)
      expected.push([files[column], lists[name].sha256[column]]);
  }
  for (const [name, sha256] of expected) {
    const file = join(folder, name);
    if ((await hashFile(file)) !== sha256)
      throw new LammError('format', 'the file is damaged: its hash is another; prepare the data again', { file });
  }
}
