import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { LammError } from '../../../src/errors.js';
import { readBytesSync } from '../../../src/io/bytes/read-file.js';
import type { EnergyReduction, Normalizer } from '../labels/normalizer.js';
import type { SourceState } from '../load/source-state.js';
import type { FileSummary } from '../load/summary.js';
import type { PreparedSubset } from '../prepare-data.js';
import type { PreparedHead } from '../prepare-head.js';
import type { RecordTables } from './sample-record.js';
import type { ShardState } from './shards.js';

export const manifestName = 'dataset.json';
const format = 'lamm-dataset';
const version = 3;

/** A head with its references as pairs. */
export interface ManifestHead extends Omit<PreparedHead, 'normalizer'> {
  readonly normalizer: Omit<Normalizer, 'references'> & { readonly references: readonly (readonly [number, number])[] };
}

/** What a folder of prepared samples says of itself. */
export interface Manifest {
  /** Name of the data set, hexadecimal: a hash of sources and settings. */
  readonly dataset: string;
  /** Settings that decide what is in it, by dotted key. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly energyReduction: EnergyReduction;
  /** In A. */
  readonly cutoff: number;
  readonly temperature: number;
  /** Whether it is made of named subsets. */
  readonly isJoint: boolean;
  readonly sources: readonly SourceState[];
  readonly tables: RecordTables;
  readonly shards: readonly ShardState[];
  /** Number of samples of each list and SHA-256 of its columns. */
  readonly lists: Readonly<Record<ListName, ListState>>;
  readonly subsets: readonly PreparedSubset[];
  readonly heads: readonly ManifestHead[];
  /** Without the numbers of the frames that were left out. */
  readonly files: readonly FileSummary[];
  /** Of the samples, without the temperature. */
  readonly fingerprint: string;
  readonly remarks: readonly string[];
}

export const listNames = ['training', 'validation', 'test'] as const;
export type ListName = (typeof listNames)[number];

export interface ListState {
  readonly count: number;
  readonly sha256: Readonly<Record<'places' | 'atoms' | 'edges', string>>;
}

/** Two lines: what it is and the hash of the rest; the rest. */
export function formatManifest(manifest: Manifest): string {
  const body = JSON.stringify(manifest);
  return `${JSON.stringify({ format, version, sha256: hashOf(body) })}\n${body}\n`;
}

/**
 * Reads what a folder of prepared samples says of itself.
 *
 * @throws {LammError} `file-not-found` or `format` with what to do.
 */
export function readManifest(folder: string): Manifest {
  const file = join(folder, manifestName);
  const [head, body = ''] = Buffer.from(readBytes(file)).toString('utf8').split('\n');
  const header = parseHeader(head);
  if (header?.format !== format) {
    throw new LammError('format', 'expected the beginning of a prepared data set; prepare the data again', { file });
  }
  if (header.version !== version) {
    throw new LammError(
      'format',
      `expected version ${version} of the prepared form, found ${header.version}; prepare the data again`,
      { file },
    );
  }
  if (header.sha256 !== hashOf(body)) {
    throw new LammError('format', 'the file is damaged: its hash is another; prepare the data again', { file });
  }
  return JSON.parse(body) as Manifest; // the hash says that this program wrote it
}

function readBytes(file: string): Uint8Array {
  try {
    return readBytesSync(file);
  } catch (cause) {
    throw new LammError(
      'file-not-found',
      'there are no prepared data here, or they were not finished; prepare them first',
      { file, cause },
    );
  }
}

function parseHeader(
  line: string,
): { readonly format?: unknown; readonly version?: unknown; readonly sha256?: unknown } | undefined {
  try {
    const header: unknown = JSON.parse(line);
    return typeof header === 'object' && header !== null ? header : undefined;
  } catch {
    return undefined;
  }
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
