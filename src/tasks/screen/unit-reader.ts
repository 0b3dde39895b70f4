import { LammError } from '../../errors.js';
import { type IndexedStructures, openIndexed } from '../../io/open-indexed.js';
import { iterateStructures, type ReadOptions } from '../../io/read-structures.js';
import type { Structure } from '../../structure/structure.js';
import type { Unit } from './inventory.js';

/** One frame of a unit, or why there is none. */
export type Frame = { readonly frame: number } & ({ readonly structure: Structure } | { readonly error: unknown });

/** A file whose frames come in order. */
interface Stream {
  readonly file: string;
  readonly frames: AsyncGenerator<Frame>;
  /** The frame that comes next. */
  next: number;
  /** Why there are no more. */
  failure?: unknown;
}

/** What is taken of files that leave a choice. */
export type UnitReaderOptions = Pick<ReadOptions, 'occupancy'>;

export interface UnitReader extends AsyncDisposable {
  /** The frames of a unit; what cannot be read is an error in place of the frame. */
  read(unit: Unit): AsyncGenerator<Frame>;
}

/**
 * Reads units; the file that was read last stays open, so that what follows there costs no second way to it.  Whoever
 * creates one disposes it.
 */
export function createUnitReader(options: UnitReaderOptions = {}): UnitReader {
  let indexed: { readonly file: string; readonly structures: IndexedStructures } | undefined;
  let stream: Stream | undefined;

  async function openedIndex(file: string): Promise<IndexedStructures> {
    if (indexed?.file !== file) {
      indexed?.structures[Symbol.dispose]();
      indexed = undefined;
      indexed = { file, structures: await openIndexed(file) };
    }
    return indexed.structures;
  }

  async function openedStream(file: string, first: number): Promise<Stream> {
    if (stream?.file !== file || stream.next > first) {
      await stream?.frames.return(undefined);
      stream = { file, frames: framesOf(file, options), next: 0 };
    }
    return stream;
  }

  async function* read(unit: Unit): AsyncGenerator<Frame> {
    const { file, first, count } = unit;
    if (count === undefined) yield* readAll(file, options);
    else if (unit.indexed) {
      const structures = await openedIndex(file);
      for (let frame = first; frame < first + count; frame++) yield readFrame(structures, frame);
    } else yield* readOn(await openedStream(file, first), { first, count });
  }

  return {
    read,
    async [Symbol.asyncDispose]() {
      indexed?.structures[Symbol.dispose]();
      await stream?.frames.return(undefined);
    },
  };
}

function readFrame(structures: IndexedStructures, frame: number): Frame {
  try {
    return { frame, structure: structures.read(frame) };
  } catch (error) {
    return { frame, error };
  }
}

/** Frames that were not counted: as many as there are, and at last why there are no more. */
async function* readAll(file: string, options: UnitReaderOptions): AsyncGenerator<Frame> {
  let next = 0;
  try {
    for await (const frame of framesOf(file, options)) {
      next = frame.frame + 1;
      yield frame;
    }
  } catch (error) {
    yield { frame: next, error };
  }
}

/** Counted frames: each is given, whatever becomes of those before it. */
async function* readOn(
  stream: Stream,
  { first, count }: { readonly first: number; readonly count: number },
): AsyncGenerator<Frame> {
  while (stream.next < first + count) {
    const frame = stream.next++;
    const read = await nextFrame(stream);
    if (frame >= first) yield read ?? { frame, error: stream.failure };
  }
}

async function nextFrame(stream: Stream): Promise<Frame | undefined> {
  if (stream.failure !== undefined) return undefined;
  try {
    const { value, done } = await stream.frames.next();
    if (!done) return value;
    const { file } = stream;
    stream.failure = new LammError('format', 'the file has fewer frames than when the work began', { file });
  } catch (error) {
    stream.failure = error;
  }
  return undefined;
}

/** @throws what `iterateStructures` throws, behind the last frame that can be read. */
async function* framesOf(file: string, options: UnitReaderOptions): AsyncGenerator<Frame> {
  const refused: unknown[] = [];
  let frame = 0;
  for await (const structure of iterateStructures(file, { ...options, onRefused: (error) => refused.push(error) })) {
    for (const error of refused.splice(0)) yield { frame: frame++, error };
    yield { frame: frame++, structure };
  }
  for (const error of refused.splice(0)) yield { frame: frame++, error };
}
