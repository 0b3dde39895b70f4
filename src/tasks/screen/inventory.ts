import { z } from 'zod';
import { readChunks } from '../../io/bytes/read-file.js';
import { formatCalled, formatOfName } from '../../io/formats.js';
import type { InputFile } from '../../io/input-files.js';
import { openIndexed } from '../../io/open-indexed.js';
import { iterateStructures, type ReadOptions } from '../../io/read-structures.js';
import { findChosenFrames, isReadByNumber } from './chosen-frames.js';

/** What a structure is there for: candidates are ranked, references only measure them. */
export const roles = ['candidate', 'reference'] as const;

export type Role = (typeof roles)[number];

/** Frames of one file. */
const unitSchema = z.strictObject({
  file: z.string(),
  role: z.enum(roles),
  /** Frames from this one on, counted from 0. */
  first: z.int().min(0),
  /** All when absent. */
  count: z.int().min(0).optional(),
  /** Whether the file is large and its frames can be read in any order, by an index that is kept beside it. */
  indexed: z.boolean().optional(),
});

export type Unit = Readonly<z.infer<typeof unitSchema>>;

/** Frames that a worker takes at once. */
export const chunkSchema = z.array(unitSchema).readonly();

export type Chunk = readonly Unit[];

export interface InventoryOptions extends Pick<ReadOptions, 'occupancy'> {
  /** Structures of a chunk; as many as suit when absent. */
  readonly chunk?: number;
  /** Whether they are relaxed, so that each takes its time. */
  readonly relax?: boolean;
}

/** Structures of a chunk unless told otherwise: of few, and of many. */
const [fewStructures, manyStructures] = [64, 256];
/** Chunks for the share of one worker to be small. */
const chunksToShare = 16;

/**
 * Structures of the chunk behind `planned` others: taking one, and keeping its results, costs as much for many
 * structures as for few, but few should still be shared by several workers, and begin at once.
 */
function chunkLength(planned: number, { chunk, relax }: InventoryOptions): number {
  if (chunk !== undefined) return chunk;
  const share = Math.floor(planned / chunksToShare);
  return relax ? fewStructures : Math.min(manyStructures, Math.max(fewStructures, share));
}

/** Atoms of a chunk: larger structures make smaller chunks. */
const maxChunkAtoms = 16_384;
/** Bytes that an atom takes in a file whose frames are not counted before they are read. */
const bytesPerAtom = 40;

/**
 * Divides files into chunks.  Small ones of many files, and those of one structure, are not opened; of others the
 * frames are counted, and their sizes where they can be told without reading them.
 *
 * @throws {LammError} as `findChosenFrames`.
 */
export async function* planChunks(
  files: readonly (InputFile & { readonly role: Role })[],
  options: InventoryOptions,
): AsyncGenerator<Chunk> {
  const chosen = await findChosenFrames(files, { occupancy: options.occupancy });
  let units: Unit[] = [];
  let [structures, atoms, planned] = [0, 0, 0];
  const isFull = () => structures >= chunkLength(planned, options) || atoms >= maxChunkAtoms;
  for (const file of files) {
    const { path, bytes, role } = file;
    const indexed = isReadByNumber(file);
    const frame = chosen(file);
    if (frame !== undefined) {
      units.push({ file: path, role, first: frame.index, count: 1, ...(indexed && { indexed }) });
      structures++;
      atoms += frame.atomCount;
      if (isFull()) yield take();
      continue;
    }
    const isCounted = files.length < manyFiles || bytes > minCountedBytes;
    const sizes = isCounted ? await frameSizes(path, indexed) : undefined;
    if (sizes === undefined) {
      units.push({ file: path, role, first: 0 });
      structures++;
      atoms += bytes / bytesPerAtom;
    }
    for (let first = 0, next = 0; next < (sizes?.count ?? 0); ) {
      structures++;
      atoms += sizes?.atoms[next] ?? 0;
      next++;
      if (!isFull() && next < (sizes?.count ?? 0)) continue;
      units.push({ file: path, role, first, count: next - first, ...(indexed && { indexed }) });
      first = next;
      if (isFull()) yield take();
    }
    if (isFull()) yield take();
  }
  if (units.length > 0) yield take();

  function take(): Chunk {
    const taken = units;
    units = [];
    planned += structures;
    [structures, atoms] = [0, 0];
    return taken;
  }
}

interface FrameSizes {
  readonly count: number;
  /** Of each frame, where they are known. */
  readonly atoms: ArrayLike<number>;
}

/** Of so many files, smaller ones are not opened before they are read, nor divided. */
const [manyFiles, minCountedBytes] = [1000, 16_384];
/** Undefined for a file that has few frames, or cannot be read: whoever reads it will see. */
async function frameSizes(path: string, indexed: boolean): Promise<FrameSizes | undefined> {
  const format = formatOfName(path);
  if (format === undefined || !formatCalled(format).holdsMany) return undefined;
  try {
    if (indexed) {
      using indexed = await openIndexed(path);
      return { count: indexed.count, atoms: indexed.atomCounts };
    }
    const { frames } = formatCalled(format);
    const marks = frames?.from === 'bytes' ? frames.locateIn?.(readChunks(path), path) : undefined;
    const atoms: number[] = [];
    if (marks !== undefined) for await (const { atomCount } of marks) atoms.push(atomCount);
    else for await (const { numbers } of iterateStructures(path)) atoms.push(numbers.length);
    return { count: atoms.length, atoms };
  } catch {
    return undefined;
  }
}
