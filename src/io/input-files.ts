import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LammError } from '../errors.js';
import { readTextSync } from './bytes/read-file.js';
import { expandFolder } from './data-folder.js';
import { expandFiles } from './expand-files.js';
import { splitFrameChoice } from './frame-choice.js';

/** A file of structures, or one frame of it. */
export interface InputFile {
  readonly path: string;
  readonly bytes: number;
  /** Which frame, by its number or its name as in `FILE@2`; all when absent. */
  readonly frame?: string;
}

/**
 * The files of structures that paths stand for, in order: a file itself, one frame of it (`FILE@2`, `FILE@NAME`), all
 * files of known formats below a folder, what a pattern with `*` fits, and with `@LIST` the paths in the lines of a file,
 * which start from its folder; lines that begin with # are comments.
 *
 * @throws {LammError} `file-not-found` for a path that is not there, or a folder without a file of a known format.
 */
export function listInputFiles(paths: readonly string[]): InputFile[] {
  return paths.flatMap((path) => (path.startsWith('@') ? listed(path.slice(1)) : filesOf(path)));
}

function listed(list: string): InputFile[] {
  const found = statSync(list, { throwIfNoEntry: false });
  if (found === undefined) throw notThere(list);
  if (!found.isFile() || found.size > maxListBytes) throw noList(list, 'something else, or far more');
  const text = readTextSync(list);
  const strange = /[^\P{Cc}\t\r\n]/u.exec(text);
  if (strange !== null)
    throw noList(list, `a control character in line ${text.slice(0, strange.index).split('\n').length}`);
  return text.split(/\r?\n/).flatMap((line, index) => {
    const path = line.trim();
    return path === '' || path.startsWith('#') ? [] : filesOfLine(path, { list, line: index + 1 });
  });
}

/** @throws {LammError} `file-not-found` that names the list, too. */
function filesOfLine(path: string, { list, line }: { readonly list: string; readonly line: number }): InputFile[] {
  try {
    return filesOf(resolve(dirname(list), path));
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    throw new LammError(error.code, `${error.message}, or the list`, { file: list, line, cause: error });
  }
}

function filesOf(path: string): InputFile[] {
  const { file: whole, wanted } = splitFrameChoice(path);
  if (wanted !== undefined) return [frameOf(whole, wanted)];
  return expandFiles('', path)
    .flatMap((file) => expandFolder(file))
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      if (found === undefined && file === path) throw notThere(file);
      return { path: file, bytes: found?.size ?? 0 }; // of what was listed and is not there whoever reads it says so
    });
}

/** Bytes of a list of some million paths. */
const maxListBytes = 5e8;

function noList(file: string, found: string): LammError {
  return new LammError('format', `expected a text with a path in each line, found ${found}; check the path`, { file });
}

function frameOf(path: string, frame: string): InputFile {
  const found = statSync(path);
  if (found.isFile()) return { path, bytes: found.size, frame };
  const message = `expected a file in front of @${frame}, found a folder; name the file in it`;
  throw new LammError('usage', message, { file: path });
}

function notThere(file: string): LammError {
  return new LammError('file-not-found', 'there is no such file; check the path', { file });
}
