import { createHash } from 'node:crypto';
import type { SampleList } from './sample.js';

/** SHA-256 over atoms, cells, labels and subsets: equal exactly when two lists of samples teach the same. */
export function fingerprint(lists: readonly SampleList[]): string {
  const hash = createHash('sha256');
  for (const samples of lists) {
    hash.update(`${samples.length};`);
    for (const { structure, energy, forces, atomEnergies, subset } of samples) {
      const { numbers, positions, cell, pbc } = structure;
      hash.update(`${numbers.length} ${pbc} ${energy} ${forces !== undefined};`);
      if (subset !== undefined) hash.update(JSON.stringify(subset));
      for (const array of [numbers, positions, cell, forces, atomEnergies]) if (array !== undefined) hash.update(array);
    }
  }
  return hash.digest('hex');
}

/** The fingerprint of samples of which those of small subsets are repeated. */
export function withTemperature(samples: string, temperature: number): string {
  return createHash('sha256').update(`temperature ${temperature} ${samples}`).digest('hex');
}
