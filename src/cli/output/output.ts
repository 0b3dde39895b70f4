import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LammError } from '../../errors.js';
import { largestOf } from '../../extremes.js';
import { plainJson, plainText, plainWord } from './plain-text.js';

/** Prints one JSON object on stdout; typed arrays become arrays. */
export function printJson(value: object): void {
  const json = JSON.stringify(value, (_, item: unknown) => (isTypedArray(item) ? Array.from(item) : item));
  process.stdout.write(`${plainJson(json)}\n`);
}

/** Prints text on stdout, with a line break at its end. */
export function print(text: string): void {
  process.stdout.write(`${plainText(text)}\n`);
}

/** Prints a remark on stderr, where it is never in the way of results. */
export function remark(text: string): void {
  process.stderr.write(`${plainText(text)}\n`);
}

/** Lines of columns under a head: numbers are aligned to the right, words and the first column to the left. */
export function formatTable(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(plainWord));
  const [head = [], ...body] = rows;
  const columns = head.map((_, column) => ({
    width: largestOf(rows.map((row) => row[column].length)),
    isLeft: column === 0 || areWords(body.map((row) => row[column])),
  }));
  return rows
    .map((row) =>
      row
        .map((text, column) => {
          const { width, isLeft } = columns[column];
          return isLeft ? text.padEnd(width) : text.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Whether most of the cells that say something are words or begin with one, or are sentences about numbers. */
function areWords(cells: readonly string[]): boolean {
  const said = cells.filter((text) => text !== '' && text !== '-');
  const words = said.filter((text) => /^[a-z]|[a-z]{3}/i.test(text) && text !== 'NaN');
  return words.length > said.length / 2;
}

export interface OutputPathRequest {
  /** Input file, or `-`. */
  readonly input: string;
  /** What `--out` says. */
  readonly out?: string;
  /** Put before the ending of a derived name: `-relaxed.extxyz`. */
  readonly suffix: string;
  readonly force?: boolean;
}

/**
 * Where results go: `--out`, otherwise a name in the current folder that is derived from the input.
 *
 * @throws {LammError} `file-exists` rather than overwriting without `--force`; `file-not-found` for a folder that is not there.
 */
export function resolveOutputPath({ input, out, suffix, force }: OutputPathRequest): string {
  const path = out ?? `${stemOf(input)}${suffix}`;
  if (!existsSync(dirname(path)))
    throw new LammError('file-not-found', 'the folder for the output does not exist', { file: dirname(path) });
  assertFree(path, force);
  return path;
}

/** @throws {LammError} `file-exists` when `path` is taken and `force` is not set. */
export function assertFree(path: string, force = false): void {
  if (!force && existsSync(path)) throw new LammError('file-exists', 'the output exists already', { file: path });
}

/**
 * Refuses outputs of which one would overwrite another; `outputs` are paths by the options that name them.
 *
 * @throws {LammError} `usage` with both options.
 */
export async function assertDistinct(outputs: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { identityOf } = await import('../../io/bytes/atomic-file.js');
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
  return basename(path)
    .replace(/\.(gz|zst|bz2|xz)$/i, '')
    .replace(/(?<=.)\.[^.]+$/, '');
}

function isTypedArray(item: unknown): item is Float64Array {
  return ArrayBuffer.isView(item) && !(item instanceof DataView);
}
