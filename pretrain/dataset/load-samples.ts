import { LammError } from '../../src/errors.js';
import { readStructures } from '../../src/io/read-structures.js';
import type { Structure } from '../../src/structure/structure.js';
import { createSample, keysOf, type LabelKeys, type Sample } from './sample.js';

/** One file of a data set. */
export interface DataFile extends LabelKeys {
  readonly path: string;
  /** Short name for tables. */
  readonly name: string;
  /** Which labels are read; all of them when absent. */
  readonly labels?: 'all' | 'energy' | 'none';
}

/** The samples of one file, in its order, and what was found in it. */
export interface SampleFile {
  readonly file: DataFile;
  readonly samples: readonly Sample[];
  /** Number of frames that carry each key which could be a label. */
  readonly keyCounts: ReadonlyMap<string, number>;
}

/** Reads the samples of `file`. */
export async function loadSamples(file: DataFile): Promise<SampleFile> {
  return collectSamples(await readStructures(file.path), file);
}

/**
 * Takes the labels of all frames of a file.
 *
 * @throws {LammError} `missing-label` when no frame has a label, or a key that was asked for is in no frame; the message lists the keys found.
 */
export function collectSamples(structures: readonly Structure[], file: DataFile): SampleFile {
  const keyCounts = new Map<string, number>();
  for (const structure of structures) {
    for (const key of keysOf(structure)) keyCounts.set(key, (keyCounts.get(key) ?? 0) + 1);
  }
  const found = [...keyCounts.keys()].sort().join(', ') || 'none';
  for (const key of [file.energyKey, file.forcesKey]) {
    if (key !== undefined && !keyCounts.has(key)) {
      throw new LammError('missing-label', `expected the key ${key}, which no frame has; keys found: ${found}`, {
        file: file.path,
        quantity: key,
      });
    }
  }
  const samples = structures.map((structure, index): Sample => {
    const { config_type: group } = structure.info;
    const origin = { path: file.path, file: file.name, frame: index + 1, ...(typeof group === 'string' && { group }) };
    if (file.labels === 'none') return { structure, origin };
    const { forces, stress, ...withoutForces } = createSample(structure, origin, file);
    return file.labels === 'energy'
      ? withoutForces
      : { ...withoutForces, ...(forces && { forces }), ...(stress && { stress }) };
  });
  if (file.labels !== 'none' && !samples.some(({ energy, forces }) => energy !== undefined || forces !== undefined)) {
    throw new LammError(
      'missing-label',
      `no frame has an energy or forces; keys found: ${found}; name the right ones with energyKey and forcesKey`,
      { file: file.path },
    );
  }
  return { file, samples, keyCounts };
}
