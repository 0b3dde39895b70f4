import { existsSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { LammError } from '../errors.js';

/**
 * The files that a path with `*` in its parts stands for, sorted by name; a path without it stands for itself.
 *
 * @throws {LammError} `file-not-found` when there are none.
 */
export function expandFiles(directory: string, path: string): string[] {
  if (!path.includes('*') || existsSync(resolve(directory, path))) return [path];
  const parts = path.split(/[\\/]/);
  let found = isAbsolute(path) ? [sep] : ['.'];
  for (const part of parts.filter((name) => name !== '')) {
    found = found.flatMap((folder) => matches(resolve(directory, folder), part).map((name) => join(folder, name)));
  }
  if (found.length > 0) return found;
  throw new LammError('file-not-found', 'no file has such a name; check the path', { file: resolve(directory, path) });
}

function matches(folder: string, part: string): string[] {
  if (!part.includes('*')) return existsSync(join(folder, part)) ? [part] : [];
  if (!(statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false)) return [];
  const pieces = part.split('*');
  return readdirSync(folder)
    .filter((name) => hasPieces(name, pieces) && !name.startsWith('.'))
    .sort();
}

/** Whether `name` begins with the first piece, ends with the last, and has the others between them in this order. */
function hasPieces(name: string, [first, ...others]: readonly string[]): boolean {
  const last = others.pop() ?? '';
  const end = name.length - last.length;
  let at = first.length;
  if (at > end || !name.startsWith(first) || !name.endsWith(last)) return false;
  for (const piece of others) {
    const found = name.indexOf(piece, at);
    at = found + piece.length;
    if (found < 0 || at > end) return false;
  }
  return true;
}
