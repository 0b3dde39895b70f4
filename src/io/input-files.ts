import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LammError } from '../errors.js';
import { expandFolder } from './data-folder.js';
import { expandFiles } from './expand-files.js';

/** A file of structures. */
export interface InputFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * The files of structures that paths stand for, in order: a file itself, all files of known formats below a folder, what a pattern with `*`
 * fits, and with `@LIST` the paths in the lines of a file, which start from its folder.
 *
 * @throws {LammError} `file-not-found` for a path that is not there, or a folder without a file of a known format.
 */
export function listInputFiles(paths: readonly string[]): InputFile[] {
  return paths.flatMap((path) => (path.startsWith('@') ? listed(path.slice(1)) : filesOf(path)));
}

function listed(list: string): InputFile[] {
  if (statSync(list, { throwIfNoEntry: false }) === undefined) throw notThere(list);
  const lines = readFileSync(list, 'utf8').split(/\r?\n/);
  return lines.flatMap((line) => (line.trim() === '' ? [] : filesOf(resolve(dirname(list), line.trim()))));
}

function filesOf(path: string): InputFile[] {
  return expandFiles('', path)
    .flatMap((file) => expandFolder(file))
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      if (found === undefined) throw notThere(file);
      return { path: file, bytes: found.size };
    });
}

function notThere(file: string): LammError {
  return new LammError('file-not-found', 'there is no such file; check the path', { file });
}
