import type { z } from 'zod';
import { readReferenceEnergies } from '../../io/lmdb/reference-energies.js';
import type { ReadOptions } from '../../io/read-structures.js';
import type { dataInputSettings } from './structure-settings.js';

/**
 * What readers need of the settings.
 *
 * @throws {LammError} for a file of reference energies that cannot be read.
 */
export function readOptionsOf({
  occupancy,
  keepUnconverged,
  positions,
  referenceEnergies,
}: z.output<typeof dataInputSettings>): ReadOptions {
  return {
    occupancy,
    keepUnconverged,
    positions,
    ...(referenceEnergies !== undefined && { referenceEnergies: readReferenceEnergies(referenceEnergies) }),
  };
}
