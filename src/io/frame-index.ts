import { readFile, stat } from 'node:fs/promises';
import { LammError } from '../errors.js';
import { writeFileAtomic } from './bytes/atomic-file.js';
import { formatSafetensors, parseSafetensors } from './safetensors.js';

/** Where the frames of a file lie and how large they are; what is read instead of the file to plan batches. */
export interface FrameIndex {
  /** First byte of each frame, [count]. */
  readonly offsets: Float64Array;
  /** Bytes of each frame, [count]. */
  readonly lengths: Float64Array;
  /** Line where each frame starts, or its id in a database, [count]. */
  readonly marks: Float64Array;
  /** Number of atoms of each frame, [count]. */
  readonly atomCounts: Int32Array;
  /** Names of the groups of a file that has frames in groups; `offsets` counts in this list then. */
  readonly names: readonly string[];
}

/** One entry of a `FrameIndex`. */
export interface FrameMark {
  readonly offset: number;
  readonly length: number;
  readonly mark: number;
  readonly atomCount: number;
  /** Group of the frame, which takes the place of an offset; equal ones follow each other. */
  readonly name?: string;
}

const ending = '.lamm-index';
const version = '2';

/**
 * The index of `path` from the file beside it, or else a new one, which is written there where that is allowed.
 * It is taken for stale when size or time of the indexed file have changed.
 */
export async function loadFrameIndex(
  path: string,
  locate: () => AsyncIterable<FrameMark> | Iterable<FrameMark>,
): Promise<FrameIndex> {
  const state = await stateOf(path);
  const stored = await readIndex(path + ending, state);
  if (stored !== undefined) return stored;
  const index = await collect(locate());
  try {
    await writeFileAtomic(path + ending, formatSafetensors(tensorsOf(index), { version, ...state }));
  } catch (error) {
    if (!(error instanceof LammError)) throw error; // a folder that may not be written: the index is made anew each time
  }
  return index;
}

type State = Readonly<Record<'size' | 'modified', string>>;

async function stateOf(path: string): Promise<State> {
  const { size, mtimeMs } = await stat(path);
  return { size: String(size), modified: String(mtimeMs) };
}

async function readIndex(path: string, state: State): Promise<FrameIndex | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  try {
    const { tensors, metadata } = parseSafetensors(bytes);
    const isFresh =
      metadata.version === version && metadata.size === state.size && metadata.modified === state.modified;
    const [offsets, lengths, marks] = ['offsets', 'lengths', 'marks'].map((name) => tensors.get(name)?.data);
    const atomCounts = tensors.get('atomCounts')?.data;
    const isWhole = [offsets, lengths, marks].every(
      (data) => data instanceof Float64Array && data.length === atomCounts?.length,
    );
    const names = tensors.get('names')?.data;
    if (!isFresh || !isWhole || !(atomCounts instanceof Int32Array) || !(names instanceof Uint8Array)) return undefined;
    return {
      offsets: offsets as Float64Array,
      lengths: lengths as Float64Array,
      marks: marks as Float64Array,
      atomCounts,
      names: new TextDecoder().decode(names).split('\n'),
    }; // checked just above
  } catch {
    return undefined; // a damaged index is made anew
  }
}

async function collect(frames: AsyncIterable<FrameMark> | Iterable<FrameMark>): Promise<FrameIndex> {
  const names: string[] = [];
  // Lists of numbers: millions of frames would be large as objects.
  const [offsets, lengths, marks, atomCounts]: number[][] = [[], [], [], []];
  for await (const { name, offset, length, mark, atomCount } of frames) {
    if (name !== undefined && name !== names.at(-1)) names.push(name);
    offsets.push(name === undefined ? offset : names.length - 1);
    lengths.push(length);
    marks.push(mark);
    atomCounts.push(atomCount);
  }
  return {
    names,
    offsets: Float64Array.from(offsets),
    lengths: Float64Array.from(lengths),
    marks: Float64Array.from(marks),
    atomCounts: Int32Array.from(atomCounts),
  };
}

function tensorsOf({ offsets, lengths, marks, atomCounts, names }: FrameIndex) {
  const shape = [atomCounts.length];
  const text = new TextEncoder().encode(names.join('\n'));
  return [
    ['offsets', { dtype: 'F64', shape, data: offsets }],
    ['lengths', { dtype: 'F64', shape, data: lengths }],
    ['marks', { dtype: 'F64', shape, data: marks }],
    ['atomCounts', { dtype: 'I32', shape, data: atomCounts }],
    ['names', { dtype: 'U8', shape: [text.length], data: text }],
  ] as const;
}
