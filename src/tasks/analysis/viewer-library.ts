import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { LammError } from '../../errors.js';
import { readTextSync } from '../../io/bytes/read-file.js';

/**
 * The text of 3Dmol.js: the file that the user names, or that of an installed package `3dmol`; undefined without
 * either.
 *
 * @throws {LammError} `file-not-found` for a named file that is not there.
 */
export function loadViewerLibrary(path?: string): string | undefined {
  if (path !== undefined) {
    if (existsSync(path)) return readTextSync(path);
    throw new LammError('file-not-found', 'expected the file 3Dmol-min.js of the package 3dmol, found nothing', {
      file: path,
    });
  }
  try {
    return readFileSync(createRequire(import.meta.url).resolve('3dmol/build/3Dmol-min.js'), 'utf8');
  } catch {
    return undefined; // it is not installed: the report says how to
  }
}
