import { LammError } from '../../errors.js';
import { readBytesSync } from '../bytes/read-file.js';
import { atPlace } from '../text/place-error.js';
import { parsePlain, toScalar } from './graph-pickle.js';

/**
 * Reads the reference energies of OC20 (`oc20_ref.pkl`: a pickled dict from `random123` to eV) without executing
 * anything in it.  Added to the adsorption energies of its LMDB files they give total energies.
 *
 * @throws {LammError} `format`, `checkpoint` or `file-not-found`, with the file.
 */
export function readReferenceEnergies(file: string): ReadonlyMap<string, number> {
  return atPlace({ file }, () => {
    const dict = parsePlain(readBytesSync(file));
    if (!(dict instanceof Map) || dict.size === 0)
      throw new LammError('format', 'expected a pickled dict from systems to energies');
    const entries = [...(dict as ReadonlyMap<unknown, unknown>)]; // keys and values of any kind
    return new Map(entries.map(([system, energy]) => [String(system), toScalar(energy, String(system))]));
  });
}
