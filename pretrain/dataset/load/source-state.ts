import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readError } from '../../../src/io/bytes/read-file.js';

/** A file as it was when it was read. */
export interface SourceState {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Time of the last change in ms. */
  readonly modified: number;
  readonly sha256: string;
}

/** States of the files that a path stands for: itself, or those in the folder that it is. */
export async function readSources(paths: readonly string[]): Promise<SourceState[]> {
  const states: SourceState[] = [];
  for (const path of expandSources(paths)) {
    try {
      const { size, mtimeMs: modified } = statSync(path);
      states.push({ path, size, modified, sha256: await hashFile(path) });
    } catch (error) {
      throw readError(path, error);
    }
  }
  return states;
}

/**
 * How a file compares with its state: the time alone may differ, as that of a copy does, and then the content decides.
 */
export async function compareSource(state: SourceState): Promise<'same' | 'changed' | 'gone'> {
  const now = statSync(state.path, { throwIfNoEntry: false });
  if (now === undefined) return 'gone';
  if (now.size !== state.size) return 'changed';
  return now.mtimeMs === state.modified || (await hashFile(state.path)) === state.sha256 ? 'same' : 'changed';
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** The files that paths stand for: themselves, or those in the folders that they are. */
export function expandSources(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap(filesOf))];
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** All files below a folder that is one set; not an index that was made beside one, a lock, or what is hidden. */
function filesOf(path: string): string[] {
  if (!(statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/\.lamm-index$|^lock\.mdb$|(?:^|[\\/])\./.test(name))
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .sort();
}
