import { createHash } from 'node:crypto';
import type { Sample } from './sample.js';

/** SHA-256 over atoms, cells and labels: equal exactly when two lists of samples teach the same. */
export function fingerprint(lists: readonly (readonly Sample[])[]): string {
  const hash = createHash('sha256');
  for (const samples of lists) {
    hash.update(`${samples.length};`);
    for (const { structure, energy, forces } of samples) {
      const { numbers, positions, cell, pbc } = structure;
      hash.update(`${numbers.length} ${pbc} ${energy} ${forces !== undefined};`);
      for (const array of [numbers, positions, cell, ...(forces ? [forces] : [])]) hash.update(array);
    }
  }
  return hash.digest('hex');
}
