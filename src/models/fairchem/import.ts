import { atPlace } from '../../io/text/place-error.js';
import type { Model } from '../model.js';
import { asDict } from './checkpoint-values.js';
import { importEquiformerV2, isEquiformerV2 } from './equiformer-v2.js';
import type { ImportOptions } from './fairchem-checkpoint.js';
import { importPainn } from './painn.js';
import { readState } from './state.js';

/**
 * Makes a model of a training checkpoint of FAIR-Chem, as `parseTorchCheckpoint` gives it.
 *
 * @throws {LammError} `checkpoint` for a kind of model that cannot be imported, or an attribute or parameter that is
 *   missing, unknown or does not fit.
 */
export function importFairchem(checkpoint: unknown, options: ImportOptions = {}): Model {
  return atPlace({ file: options.file }, () => {
    const contents = asDict(checkpoint, 'a checkpoint');
    const state = readState(contents);
    const importKind = isEquiformerV2(state) ? importEquiformerV2 : importPainn;
    return importKind({ contents, state }, options);
  });
}
