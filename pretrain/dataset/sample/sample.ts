import { LammError } from '../../../src/errors.js';
import type { AtomProperty, InfoValue, Structure } from '../../../src/structure/structure.js';
import type { GraphSizes } from '../../balance/cost.js';
import type { NoiseOptions } from './denoise.js';

/** Where a sample came from. */
export interface SampleOrigin {
  readonly path: string;
  /** Short name of the file, for tables. */
  readonly file: string;
  /** Number of the frame in its file, counted from 1. */
  readonly frame: number;
  /** The frame's `config_type`, or what it is grouped by instead, if it has one. */
  readonly group?: string;
}

/** What the samples of a subset of a joint data set have in common. */
export interface Subset {
  readonly name: string;
  /** Output of the model that they train. */
  readonly head: number;
  /** Present when the way back from this noise is learned, instead of labels. */
  readonly noise?: NoiseOptions;
  /** Factor on the losses; 1 when absent. */
  readonly weight?: number;
}

/** A structure and those of its labels that are learned or tested; what is absent has no label. */
export interface Sample {
  readonly structure: Structure;
  /** Total energy in eV. */
  readonly energy?: number;
  /** Forces in eV/A, [N x 3]. */
  readonly forces?: Float64Array;
  /** 1 for each atom whose force is a label, [N]; all are when absent. */
  readonly forceMask?: Uint8Array;
  /** Stress in eV/A^3, [6], positive under tension. */
  readonly stress?: Float64Array;
  /** Energy of each atom in eV, [N], as a teacher shares out the energy among them. */
  readonly atomEnergies?: Float64Array;
  readonly origin: SampleOrigin;
  /** Absent where there is one set and one output. */
  readonly subset?: Subset;
}

/**
 * Samples in order.  An array is such a list; so are samples that lie on a disk and are read when they are asked for.
 */
export interface SampleList extends Iterable<Sample> {
  readonly length: number;
  /** Where it is known beforehand how large they are. */
  readonly sizes?: KnownSizes;
  at(index: number): Sample | undefined;
}

/** Sizes of samples with the cutoff in A of their edges. */
export interface KnownSizes extends GraphSizes {
  readonly cutoff: number;
}

/** @throws {LammError} `usage` when there is no such sample. */
export function sampleAt(samples: SampleList, index: number): Sample {
  const sample = samples.at(index);
  if (sample !== undefined) return sample;
  throw new LammError('usage', `sample ${index} does not exist: there are ${samples.length}, counted from 0`);
}

/** The samples of several lists, one list after another. */
export function* samplesOf(lists: Iterable<SampleList>): Generator<Sample> {
  for (const list of lists) yield* list;
}

/** The samples that are wanted, one of every `stride` (a real number of at least 1), from all over the list. */
export function sampleEvenly(samples: SampleList, isWanted: (sample: Sample) => boolean, stride: number): Sample[] {
  const picked: Sample[] = [];
  let [place, next] = [0, 0];
  for (const sample of samples) {
    if (!isWanted(sample) || place++ < next) continue;
    picked.push(sample);
    next += stride;
  }
  return picked;
}

/** Keys under which a file stores its labels; without one, the file format's own label is taken. */
export interface LabelKeys {
  readonly energyKey?: string;
  readonly forcesKey?: string;
}

/** Names under which a frame carries values that could be labels. */
export function keysOf({ labels, info, arrays }: Structure): string[] {
  return [...new Set([...Object.keys(labels), ...Object.keys(info), ...Object.keys(arrays)])];
}

/**
 * Takes the labels out of a frame.
 *
 * @throws {LammError} `missing-label` when two keys claim to be the same label and none was chosen;
 *   `format` for a label that is not finite or has the wrong size.
 */
export function createSample(structure: Structure, origin: SampleOrigin, keys: LabelKeys = {}): Sample {
  const energy = readEnergy(structure, origin, keys.energyKey);
  const forces = readForces(structure, origin, keys.forcesKey);
  const { stress } = structure.labels;
  if (forces !== undefined) assertFinite(forces, 'forces', origin);
  if (stress !== undefined) assertFinite(stress, 'stress', origin);
  return {
    structure,
    ...(energy !== undefined && { energy }),
    ...(forces !== undefined && { forces }),
    ...(stress !== undefined && { stress }),
    origin,
  };
}

/** `path, frame n` for messages. */
export function describeOrigin({ path, frame }: SampleOrigin): string {
  return `${path}, frame ${frame}`;
}

function readEnergy({ labels, info }: Structure, origin: SampleOrigin, key: string | undefined): number | undefined {
  if (key === undefined) assertNoRival('energy', labels.energy, Object.keys(info), origin);
  const value: InfoValue | undefined =
    key === undefined || key === 'energy' ? (labels.energy ?? info.energy) : ownOf(info, key);
  if (value === undefined) return undefined;
  if (typeof value !== 'number') {
    throw badLabel(origin, `expected a number for ${key ?? 'energy'}, found ${JSON.stringify(value)}`, 'energy');
  }
  assertFinite([value], 'energy', origin);
  return value;
}

/** Undefined where a record has no such key of its own, whatever all objects have. */
function ownOf<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function readForces(structure: Structure, origin: SampleOrigin, key: string | undefined): Float64Array | undefined {
  const { labels, arrays } = structure;
  if (key === undefined) assertNoRival('forces', labels.forces, Object.keys(arrays), origin);
  if (key === undefined || (key === 'forces' && labels.forces !== undefined)) return labels.forces;
  const column: AtomProperty | undefined = ownOf(arrays, key);
  if (column === undefined) return undefined;
  if (!(column.values instanceof Float64Array) || column.width !== 3) {
    throw badLabel(
      origin,
      `expected three numbers an atom for ${key}, found ${column.width} of another kind`,
      'forces',
    );
  }
  return column.values;
}

/** `energy` beside `REF_energy`: nobody but the user knows which of them is meant. */
function assertNoRival(label: string, value: unknown, keys: readonly string[], origin: SampleOrigin): void {
  const rival = keys.find((key) => new RegExp(`^(ref|dft|target)_?${label}$`, 'i').test(key));
  if (value === undefined || rival === undefined) return;
  throw new LammError(
    'missing-label',
    `frame ${origin.frame} has both ${label} and ${rival}: name the one to use with ${label}Key`,
    { file: origin.path, quantity: label },
  );
}

function assertFinite(values: ArrayLike<number>, quantity: string, origin: SampleOrigin): void {
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index])) {
      throw badLabel(origin, `expected finite ${quantity}, found ${values[index]}`, quantity);
    }
  }
}

function badLabel({ path, frame }: SampleOrigin, message: string, quantity: string): LammError {
  return new LammError('format', `frame ${frame}: ${message}; correct or remove the frame`, { file: path, quantity });
}
