import { createReadStream, existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { writeFileAtomic } from '../io/bytes/atomic-file.js';
import { sealPieces, unsealChunks } from './sealed-text.js';

/** Pieces of work in a file, a line of JSON each; only where they lie is held in memory. */
export interface Plan<Piece> {
  readonly count: number;
  /** A piece by its number, counted from 0. */
  read(number: number): Promise<Piece>;
}

/** Writes pieces as they come and says how many they were. */
export async function writePlan<Piece>(file: string, pieces: AsyncIterable<Piece>): Promise<number> {
  let count = 0;
  async function* lines() {
    for await (const piece of pieces) {
      count++;
      yield `${JSON.stringify(piece)}\n`;
    }
  }
  await writeFileAtomic(file, sealPieces(lines()));
  return count;
}

export interface PlanOptions {
  readonly count: number;
  /** What to do when the file is damaged. */
  readonly remedy: string;
}

/**
 * Opens a plan.
 *
 * @throws {LammError} `checkpoint` with the remedy when the file is missing or damaged.
 */
export async function openPlan<Piece>(file: string, options: PlanOptions): Promise<Plan<Piece>> {
  const { count } = options;
  const starts = await lineStarts(file, options);
  return {
    count,
    async read(number) {
      const bytes = Buffer.alloc(starts[number + 1] - starts[number]);
      const handle = await open(file, 'r');
      try {
        await handle.read(bytes, 0, bytes.length, starts[number]);
        return JSON.parse(bytes.toString('utf8'));
      } finally {
        await handle.close();
      }
    },
  };
}

/** Where the lines of a file begin and the last one ends, [count + 1]. */
async function lineStarts(file: string, { count, remedy }: PlanOptions): Promise<Float64Array> {
  const starts = new Float64Array(count + 1);
  let [line, offset] = [0, 0];
  for await (const bytes of unsealChunks(chunksOf(file), { file, remedy })) {
    for (let at = bytes.indexOf(newline); at >= 0 && line < count; at = bytes.indexOf(newline, at + 1))
      starts[++line] = offset + at + 1;
    offset += bytes.length;
  }
  return starts;
}

const newline = 10;

/** None of a file that is missing. */
async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  if (existsSync(file)) yield* createReadStream(file, { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>; // without an encoding
}
