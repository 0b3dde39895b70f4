import { existsSync } from 'node:fs';
import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';

/** One frame of a file. */
export interface FrameChoice {
  readonly file: string;
  /** Number of the frame from 1, or from -1 back, or the name of a block; all frames when absent. */
  readonly wanted?: string;
}

/** `crystals.cif@2` and `crystals.cif@phase_b` are frames of crystals.cif, unless there is a file of that very name. */
export function splitFrameChoice(path: string): FrameChoice {
  const [, file, wanted] = /^(.+)@([^@/\\]+)$/.exec(path) ?? [];
  return file === undefined || existsSync(path) || !existsSync(file) ? { file: path } : { file, wanted };
}

type Frame = Structure | LammError;
type NamedFrame = Pick<Structure, 'info'> | LammError;

/**
 * Index of the wanted frame: its number, from the end where it is negative, or else its name, which may be digits as in
 * the files of the COD.
 *
 * @throws {LammError} `usage` with the numbers and names that there are.
 */
export function indexOfFrame(frames: readonly NamedFrame[], wanted: string, file: string): number {
  const number = numberOf(wanted);
  if (number >= 1 && number <= frames.length) return number - 1;
  if (number < 0 && -number <= frames.length) return frames.length + number;
  const named = frames.findIndex((frame) => !(frame instanceof LammError) && frame.info.name === wanted);
  if (named >= 0) return named;
  const names = frames.flatMap((frame) => (frame instanceof LammError ? [] : [frame.info.name]));
  const known = names.some((name) => name !== undefined) ? `, or one of the names ${listSome(names.map(String))}` : '';
  const message = `expected 1 to ${frames.length}${known}, found ${wanted}; frames count from 1, and from -1 back`;
  throw new LammError('usage', message, { file });
}

/** 0 for what is no number. */
function numberOf(wanted: string): number {
  return /^-?\d+$/.test(wanted) ? Number(wanted) : 0;
}

const maxNames = 10;

function listSome(names: readonly string[]): string {
  return names.slice(0, maxNames).join(', ') + (names.length > maxNames ? ', ...' : '');
}

/**
 * The wanted frame of a file, of which no more is read than it takes; `open` reads its frames, and calls its argument
 * for those that are refused, in their order.
 *
 * @throws {LammError} `usage` when there is no such frame; why it is refused.
 */
export async function readFrameChoice(
  open: (onRefused: (error: LammError) => void) => AsyncIterable<Structure>,
  wanted: string,
  file: string,
): Promise<Structure> {
  const frames: Frame[] = [];
  const number = numberOf(wanted);
  for await (const structure of open((error) => frames.push(error))) {
    frames.push(structure);
    if (frames.length === number || (number === 0 && structure.info.name === wanted)) break;
    if (number > frames.length && structure.info.name === undefined) frames[frames.length - 1] = placeholder;
  }
  const frame = frames[indexOfFrame(frames, wanted, file)];
  if (frame instanceof LammError) throw frame;
  return frame;
}

/** Stands for a frame without a name, which is not held in memory. */
const placeholder = new LammError('usage', 'this frame was not asked for');

/** Where a chosen frame lies in its file. */
export interface FoundFrame {
  /** Number of the frame, from 0. */
  readonly index: number;
  /** Number of atoms; 0 of one that is refused. */
  readonly atomCount: number;
}

/**
 * Finds wanted frames of one file, in the order of `wanted`, reading it once and no further than it takes; `open` as
 * for `readFrameChoice`.  Behind damage every number counts as one of a frame: whoever reads it will see.
 *
 * @throws {LammError} `usage` when there is no such frame; why a file cannot be read to its end, where a name or a number
 *   from the end is wanted.
 */
export async function findFrames(
  open: (onRefused: (error: LammError) => void) => AsyncIterable<Structure>,
  wanted: readonly string[],
  file: string,
): Promise<FoundFrame[]> {
  const numbers = wanted.map(numberOf);
  const last = numbers.every((number) => number > 0) ? Math.max(...numbers) : Number.POSITIVE_INFINITY;
  const frames: NamedFrame[] = [];
  const atomCounts: number[] = [];
  let failure: unknown;
  try {
    for await (const structure of open((error) => frames.push(error))) {
      atomCounts[frames.length] = structure.numbers.length;
      const { name } = structure.info;
      frames.push(name === undefined ? unnamed : { info: { name } });
      if (frames.length >= last) break;
    }
  } catch (error) {
    failure = error;
  }
  if (failure !== undefined && numbers.some((number) => number <= 0)) throw failure;
  return wanted.map((each, place) => {
    const index = failure === undefined ? indexOfFrame(frames, each, file) : numbers[place] - 1;
    return { index, atomCount: atomCounts[index] ?? 0 };
  });
}

const unnamed: NamedFrame = { info: {} };

/**
 * Finds frames of one file by their numbers alone.
 *
 * @param atomCounts of all its frames, [count].
 * @throws {LammError} `usage` when there is no such frame.
 */
export function findNumbers(atomCounts: ArrayLike<number>, wanted: readonly string[], file: string): FoundFrame[] {
  const frames = new Array<NamedFrame>(atomCounts.length).fill(unnamed);
  return wanted.map((each) => {
    const index = indexOfFrame(frames, each, file);
    return { index, atomCount: atomCounts[index] };
  });
}
