import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LammError } from '../../errors.js';
import { identityOf } from '../../io/bytes/atomic-file.js';

export interface OutputPathRequest {
  /** Input file, or `-`. */
  readonly input: string;
  /** The path that was asked for. */
  readonly out?: string;
  /** Put before the ending of a derived name: `-relaxed.extxyz`. */
  readonly suffix: string;
  readonly force?: boolean;
}

/**
 * Where results go: `out`, otherwise a name in the current folder that is derived from the input.
 *
 * @throws {LammError} `file-exists` rather than overwriting without `force`; `file-not-found` for a folder that is not
 *   there.
 */
export function resolveOutputPath({ input, out, suffix, force }: OutputPathRequest): string {
  const path = out ?? `${stemOf(input)}${suffix}`;
  assertFree(path, force);
  return path;
}

/**
 * Refuses another ending than that of a page.
 *
 * @param option its name, or its key in backquotes.
 * @throws {LammError} `usage`.
 */
export function assertPage(path: string | undefined, option: string): void {
  if (path === undefined || /\.html?$/i.test(path)) return;
  const message = `${option}: what is written is a page; let its name end in .html`;
  throw new LammError('usage', message, { file: path, quantity: option });
}

/**
 * @param option which names the path, or its key in backquotes.
 * @throws {LammError} `file-exists` when `path` is taken and `force` is not set; `file-not-found` for a folder that is
 *   not there.
 */
export function assertFree(path: string, force = false, option = '`out`'): void {
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()) {
    const message = 'the folder for the output does not exist; create it or choose another path';
    throw new LammError('file-not-found', message, { file: path, quantity: option });
  }
  if (force || !existsSync(path)) return;
  const message = `the output exists already; choose another name with ${option}, or replace it with \`force\``;
  throw new LammError('file-exists', message, { file: path, quantity: option });
}

/**
 * Refuses outputs of which one would overwrite another; `outputs` are paths by the options that name them.
 *
 * @throws {LammError} `usage` with both options.
 */
export async function assertDistinct(outputs: Readonly<Record<string, string | undefined>>): Promise<void> {
  const known = new Map<string, string>();
  for (const [option, path] of Object.entries(outputs)) {
    const identity = path === undefined ? undefined : await identityOf(path);
    if (identity === undefined) continue;
    const other = known.get(identity);
    if (other !== undefined) {
      const message = `${other} and ${option} name the same file, of which only the last would be left; choose another name for one of them`;
      throw new LammError('usage', message, { file: path, quantity: option });
    }
    known.set(identity, option);
  }
}

/** Path of a companion of `path`: `run.extxyz` with `.log` gives `run.log`. */
export function companionPath(path: string, ending: string): string {
  return join(dirname(path), `${stemOf(path)}${ending}`);
}

/** File name without folder, compression and format endings; `stdin` for `-`. */
function stemOf(path: string): string {
  if (path === '-') return 'stdin';
  return basename(resolve(path)) // of . and .. the name of the folder
    .replace(/\.(gz|zst|bz2|xz)$/i, '')
    .replace(/(?<=.)\.[^.]+$/, '');
}
