import { createHash } from 'node:crypto';
import type { Structure } from '../../src/structure/structure.js';
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

/** A number in [0, 1) that a structure always has, wherever it is found. */
export function hashShare({ numbers, positions, cell }: Structure): number {
  const hash = createHash('sha256').update(numbers).update(positions).update(cell);
  return hash.digest().readUInt32LE() / 2 ** 32;
}
