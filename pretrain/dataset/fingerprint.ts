import { createHash } from 'node:crypto';
import type { Sample } from './sample.js';

/** SHA-256 over atoms, cells, labels and subsets: equal exactly when two lists of samples teach the same; `settings` is what else matters. */
export function fingerprint(lists: readonly (readonly Sample[])[], settings = ''): string {
  const hash = createHash('sha256').update(settings);
  for (const samples of lists) {
    hash.update(`${samples.length};`);
    for (const { structure, energy, forces, subset } of samples) {
      const { numbers, positions, cell, pbc } = structure;
      hash.update(`${numbers.length} ${pbc} ${energy} ${forces !== undefined};`);
      if (subset !== undefined) hash.update(JSON.stringify(subset));
      for (const array of [numbers, positions, cell, ...(forces ? [forces] : [])]) hash.update(array);
    }
  }
  return hash.digest('hex');
}
