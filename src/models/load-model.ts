import { readBytesSync } from '../io/bytes/read-file.js';
import type { Model } from './model.js';
import { parseModel } from './model-file.js';

/**
 * Loads a model file.
 *
 * @throws {LammError} `file-not-found`, `format` or `checkpoint`, naming the file.
 */
export function loadModel(path: string): Model {
  return parseModel(readBytesSync(path), { file: path });
}
