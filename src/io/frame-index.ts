import { readFile, stat } from 'node:fs/promises';
import { LammError } from '../errors.js';
import { writeFileAtomic } from './bytes/atomic-file.js';
import { formatSafetensors, parseSafetensors } from './safetensors.js';

/** By what a reader finds a frame in its file. */
export interface FramePlace {
  /** First byte and number of bytes; 0 for a frame that does not lie in one piece. */
  readonly offset: number;
  readonly length: number;
  /** The number that the format gives it: its first line, its id in a database, its place in its group. */
  readonly mark: number;
  /** Name of its group; empty in a file without groups. */
  readonly group: string;
}

/** A frame that was found, and its size. */
export interface FrameMark extends Omit<FramePlace, 'group'> {
  readonly atomCount: number;
  /** Equal ones follow each other; absent in a file without groups. */
  readonly group?: string;
}

/** Where the frames of a file lie and how large they are; what is read instead of the file to plan batches. */
export interface FrameIndex {
  /** Number of atoms of each frame, [count]. */
  readonly atomCounts: Int32Array;
  /** Where a frame lies. */
  placeOf(frame: number): FramePlace;
}

/** The index as it is kept: a number for each frame, [count], and a few of each group. */
interface FrameTable {
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  readonly marks: Float64Array;
  readonly atomCounts: Int32Array;
  /** Names of the groups, [groups], and the first frame of each. */
  readonly groups: readonly string[];
  readonly groupStarts: Float64Array;
}

const ending = '.lamm-index';
const version = '3';

/**
 * The index of `path` from the file beside it, or else a new one, which is written there where that is allowed.
 * It is taken for stale when size or time of the indexed file have changed.
 */
export async function loadFrameIndex(
  path: string,
  locate: () => AsyncIterable<FrameMark> | Iterable<FrameMark>,
): Promise<FrameIndex> {
  const state = await stateOf(path);
  const stored = await readTable(path + ending, state);
  if (stored !== undefined) return indexOf(stored);
  const table = await collect(locate());
  try {
    await writeFileAtomic(path + ending, formatSafetensors(tensorsOf(table), { version, ...state }));
  } catch (error) {
    if (!(error instanceof LammError)) throw error; // a folder that may not be written: the index is made anew each time
  }
  return indexOf(table);
}

/** The index of frames that are found quickly: none is kept. */
export async function indexFrames(frames: AsyncIterable<FrameMark> | Iterable<FrameMark>): Promise<FrameIndex> {
  return indexOf(await collect(frames));
}

function indexOf({ offsets, lengths, marks, atomCounts, groups, groupStarts }: FrameTable): FrameIndex {
  return {
    atomCounts,
    placeOf: (frame) => ({
      offset: offsets[frame],
      length: lengths[frame],
      mark: marks[frame],
      group: groups[groupOf(frame, groupStarts)],
    }),
  };
}

/** The last group that does not start behind the frame. */
function groupOf(frame: number, starts: Float64Array): number {
  let [first, end] = [0, starts.length];
  while (end - first > 1) {
    const middle = (first + end) >> 1;
    if (starts[middle] <= frame) first = middle;
    else end = middle;
  }
  return first;
}

type State = Readonly<Record<'size' | 'modified', string>>;

async function stateOf(path: string): Promise<State> {
  const { size, mtimeMs } = await stat(path);
  return { size: String(size), modified: String(mtimeMs) };
}

async function readTable(path: string, state: State): Promise<FrameTable | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  try {
    const { tensors, metadata } = parseSafetensors(bytes);
    const isFresh =
      metadata.version === version && metadata.size === state.size && metadata.modified === state.modified;
    const numbers = (name: string) => {
      const data = tensors.get(name)?.data;
      return data instanceof Float64Array ? data : new Float64Array(0);
    };
    const [offsets, lengths, marks, groupStarts] = ['offsets', 'lengths', 'marks', 'groupStarts'].map(numbers);
    const atomCounts = tensors.get('atomCounts')?.data;
    const names = tensors.get('groups')?.data;
    if (!isFresh || !(atomCounts instanceof Int32Array) || !(names instanceof Uint8Array)) return undefined;
    const groups = new TextDecoder().decode(names).split('\n');
    const isWhole =
      [offsets, lengths, marks].every(({ length }) => length === atomCounts.length) &&
      groupStarts.length === groups.length;
    return isWhole ? { offsets, lengths, marks, atomCounts, groups, groupStarts } : undefined;
  } catch {
    return undefined; // a damaged index is made anew
  }
}

async function collect(frames: AsyncIterable<FrameMark> | Iterable<FrameMark>): Promise<FrameTable> {
  const groups: string[] = [];
  // Lists of numbers: millions of frames would be large as objects.
  const [offsets, lengths, marks, atomCounts, groupStarts]: number[][] = [[], [], [], [], []];
  for await (const { group = '', offset, length, mark, atomCount } of frames) {
    if (group !== groups.at(-1)) {
      groups.push(group);
      groupStarts.push(offsets.length);
    }
    offsets.push(offset);
    lengths.push(length);
    marks.push(mark);
    atomCounts.push(atomCount);
  }
  return {
    offsets: Float64Array.from(offsets),
    lengths: Float64Array.from(lengths),
    marks: Float64Array.from(marks),
    atomCounts: Int32Array.from(atomCounts),
    groups,
    groupStarts: Float64Array.from(groupStarts),
  };
}

function tensorsOf({ offsets, lengths, marks, atomCounts, groups, groupStarts }: FrameTable) {
  const shape = [atomCounts.length];
  const text = new TextEncoder().encode(groups.join('\n'));
  return [
    ['offsets', { dtype: 'F64', shape, data: offsets }],
    ['lengths', { dtype: 'F64', shape, data: lengths }],
    ['marks', { dtype: 'F64', shape, data: marks }],
    ['atomCounts', { dtype: 'I32', shape, data: atomCounts }],
    ['groups', { dtype: 'U8', shape: [text.length], data: text }],
    ['groupStarts', { dtype: 'F64', shape: [groups.length], data: groupStarts }],
  ] as const;
}
