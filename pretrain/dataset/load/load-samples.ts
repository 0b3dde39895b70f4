import { LammError } from '../../../src/errors.js';
import { iterateStructures, type ReadOptions } from '../../../src/io/read-structures.js';
import type { Structure } from '../../../src/structure/structure.js';
import { createSample, keysOf, type LabelKeys, type Sample } from '../sample/sample.js';

/** One file of a data set. */
export interface DataFile extends LabelKeys {
  readonly path: string;
  /** Short name for tables. */
  readonly name: string;
  /** Which labels are read; all of them when absent. */
  readonly labels?: 'all' | 'energy' | 'forces' | 'none';
  /** Key of the frames by whose value they are grouped; `config_type` when absent. */
  readonly groupKey?: string;
}

/** The samples of one file, in its order, and what was found in it. */
export interface SampleFile {
  readonly file: DataFile;
  readonly samples: readonly Sample[];
  /** Number of frames that carry each key which could be a label. */
  readonly keyCounts: ReadonlyMap<string, number>;
  /** What had to be assumed about the file, or was left out of it. */
  readonly notices: readonly string[];
}

/** Reads all samples of `file`. */
export async function loadSamples(file: DataFile, options: LoadOptions = {}): Promise<SampleFile> {
  const samples: Sample[] = [];
  const notices: string[] = [];
  const keyCounts = new Map<string, number>();
  const found = { keyCounts, onNotice: (notice: string) => notices.push(notice) };
  for await (const sample of iterateSamples(file, found, options)) samples.push(sample);
  return { file, samples, keyCounts, notices };
}

export type LoadOptions = Pick<ReadOptions, 'occupancy' | 'keepUnconverged'>;

/** Where it goes what is found in a file besides its samples. */
export interface Findings {
  /** Number of frames that carry each key which could be a label. */
  readonly keyCounts: Map<string, number>;
  readonly onNotice?: (notice: string) => void;
}

/**
 * Reads one sample after another; counts in `keyCounts` what could be a label.
 *
 * @throws {LammError} `missing-label` after the last frame when no frame has a label, or a key that was asked for is in
 *   no frame; the message lists the keys found.
 */
export async function* iterateSamples(
  file: DataFile,
  { keyCounts, onNotice }: Findings,
  options: LoadOptions = {},
): AsyncGenerator<Sample> {
  const taker = createSampleTaker(file, keyCounts);
  for await (const structure of iterateStructures(file.path, { ...options, onNotice })) yield taker.take(structure);
  taker.finish();
}

/** Takes the labels of one frame after another, and judges the file at its end. */
export function createSampleTaker(file: DataFile, keyCounts: Map<string, number>) {
  let frame = 0;
  let isLabelled = file.labels === 'none';

  function take(structure: Structure): Sample {
    for (const key of keysOf(structure)) keyCounts.set(key, (keyCounts.get(key) ?? 0) + 1);
    frame++;
    const group = groupOf(structure, file);
    const origin = { path: file.path, file: file.name, frame, ...(group !== undefined && { group }) };
    if (file.labels === 'none') return { structure, origin };
    const sample = createSample(structure, origin, file);
    isLabelled ||= sample.energy !== undefined || sample.forces !== undefined;
    if (file.labels === 'energy') {
      const { forces: _, stress: __, ...energyAlone } = sample;
      return energyAlone;
    }
    if (file.labels !== 'forces') return sample;
    const { energy: _, ...withoutEnergy } = sample;
    return withoutEnergy;
  }

  function finish(): void {
    const found = [...keyCounts.keys()].sort().join(', ') || 'none';
    for (const key of [file.energyKey, file.forcesKey, file.groupKey]) {
      if (key === undefined || keyCounts.has(key)) continue;
      throw new LammError('missing-label', `expected the key ${key}, which no frame has; keys found: ${found}`, {
        file: file.path,
        quantity: key,
      });
    }
    if (isLabelled) return;
    throw new LammError(
      'missing-label',
      `no frame has an energy or forces; keys found: ${found}; name the right ones with \`energyKey\` and \`forcesKey\``,
      { file: file.path },
    );
  }

  return { take, finish };
}

/** The group of a frame: a word, or what was asked for by its key as one. */
function groupOf({ info }: Structure, { groupKey }: DataFile): string | undefined {
  if (groupKey === undefined) return typeof info.config_type === 'string' ? info.config_type : undefined;
  const value = Object.hasOwn(info, groupKey) ? info[groupKey] : undefined;
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}
