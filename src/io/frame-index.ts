import { readFile, stat } from 'node:fs/promises';
import { LammError } from '../errors.js';
import { writeFileAtomic } from './atomic-file.js';
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
}

/** One entry of a `FrameIndex`. */
export interface FrameMark {
  readonly offset: number;
  readonly length: number;
  readonly mark: number;
  readonly atomCount: number;
}

const ending = '.lamm-index';
const version = '1';

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
    if (!isFresh || !isWhole || !(atomCounts instanceof Int32Array)) return undefined;
    return {
      offsets: offsets as Float64Array,
      lengths: lengths as Float64Array,
      marks: marks as Float64Array,
      atomCounts,
    }; // checked just above
  } catch {
    return undefined; // a damaged index is made anew
  }
}

async function collect(frames: AsyncIterable<FrameMark> | Iterable<FrameMark>): Promise<FrameIndex> {
  const list: FrameMark[] = [];
  for await (const frame of frames) list.push(frame);
  return {
    offsets: Float64Array.from(list, ({ offset }) => offset),
    lengths: Float64Array.from(list, ({ length }) => length),
    marks: Float64Array.from(list, ({ mark }) => mark),
    atomCounts: Int32Array.from(list, ({ atomCount }) => atomCount),
  };
}

function tensorsOf({ offsets, lengths, marks, atomCounts }: FrameIndex) {
  const shape = [atomCounts.length];
  return [
    ['offsets', { dtype: 'F64', shape, data: offsets }],
    ['lengths', { dtype: 'F64', shape, data: lengths }],
    ['marks', { dtype: 'F64', shape, data: marks }],
    ['atomCounts', { dtype: 'I32', shape, data: atomCounts }],
  ] as const;
}
