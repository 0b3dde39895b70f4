import { LammError } from '../errors.js';
import { readBytesSync } from '../io/bytes/read-file.js';
import { nearestName } from '../settings/nearest-name.js';
import { embeddedModels } from './embedded-models.js';
import type { Model } from './model.js';
import { parseModel } from './model-file.js';

/**
 * Loads a model file.
 *
 * @throws {LammError} `file-not-found`, `format` or `checkpoint`, naming the file.
 */
export function loadModel(path: string): Model {
  try {
    return parseModel(readBytesSync(path), { file: path });
  } catch (error) {
    if (!(error instanceof LammError) || error.code !== 'file-not-found') throw error;
    const near = nearestName(path, embeddedModels);
    const meant = near === undefined ? '' : `; did you mean ${near}?`;
    const known = embeddedModels.join(', ');
    throw new LammError('file-not-found', `there is no such model; models of this package are ${known}${meant}`, {
      file: path,
      cause: error,
    });
  }
}
