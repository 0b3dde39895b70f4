import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LammError } from '../../../src/errors.js';
import { lockFolder } from '../../../src/journal/folder-lock.js';
import type { DataOptions } from '../../config/data-config.js';
import { manifestName, readManifest } from './manifest.js';
import { findStale } from './open-prepared.js';
import { type FolderReport, type PrepareFolderOptions, prepareFolder } from './prepare-folder.js';

export interface KeepPreparedOptions extends PrepareFolderOptions {
  /** Whether to prepare again even where nothing has changed. */
  readonly force?: boolean;
  /** Told what a user should know: a folder taken over from a process that has ended. */
  readonly tell?: (text: string) => void;
}

/**
 * Brings a folder of prepared data up to date, with no other process at it meanwhile; undefined when it was so already.
 *
 * @throws {LammError} `locked` when another process prepares it; what speaks against training on the data.
 */
export async function keepPrepared(
  folder: string,
  data: DataOptions,
  options: KeepPreparedOptions,
): Promise<FolderReport | undefined> {
  await using _lock = await lockFolder(folder, manifestName, { tell: options.tell });
  if (!options.force && (await isCurrent(folder, data, options))) return undefined;
  return await prepareFolder(folder, data, options);
}

/** Whether a folder holds what would be written. */
async function isCurrent(folder: string, data: DataOptions, options: PrepareFolderOptions): Promise<boolean> {
  if (!existsSync(join(folder, manifestName))) return false;
  try {
    return (await findStale(readManifest(folder), data, options)) === undefined;
  } catch (error) {
    if (error instanceof LammError) return false; // what cannot be read is written anew
    throw error;
  }
}
