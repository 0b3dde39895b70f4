import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { z } from 'zod';
import { writeFileAtomic } from '../io/bytes/atomic-file.js';
import { damagedSeal, parseSealed, sealPieces, unsealChunks } from './sealed-text.js';

/** Pieces of work in a file, a line of JSON each; only where they lie is held in memory. */
export interface Plan<Piece> {
  readonly count: number;
  /**
   * A piece by its number, counted from 0.
   *
   * @throws {LammError} `checkpoint` with the remedy when it is none.
   */
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

export interface PlanOptions<Piece> {
  readonly count: number;
  /** What a piece looks like. */
  readonly schema: z.ZodType<Piece>;
  /** What to do when the file is damaged. */
  readonly remedy: string;
}

/**
 * Opens a plan.
 *
 * @throws {LammError} `checkpoint` with the remedy when the file is missing or damaged, or holds another number of
 *   pieces.
 */
export async function openPlan<Piece>(file: string, options: PlanOptions<Piece>): Promise<Plan<Piece>> {
  const { count, schema, remedy } = options;
  const starts = await lineStarts(file, options);
  return {
    count,
    async read(number) {
      const bytes = Buffer.alloc(starts[number + 1] - starts[number]);
      const handle = await open(file, 'r');
      try {
        await handle.read(bytes, 0, bytes.length, starts[number]);
        return parseSealed(bytes.toString('utf8'), schema, { file, remedy });
      } finally {
        await handle.close();
      }
    },
  };
}

/** Where the lines of a file begin and the last one ends, [count + 1]. */
async function lineStarts(
  file: string,
  { count, remedy }: Pick<PlanOptions<unknown>, 'count' | 'remedy'>,
): Promise<Float64Array> {
  const place = { file, remedy };
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || count > stats.size) throw damagedSeal(place);
  const starts = new Float64Array(count + 1);
  let [line, offset] = [0, 0];
  for await (const bytes of unsealChunks(chunksOf(file), place)) {
    for (let at = bytes.indexOf(newline); at >= 0 && line < count; at = bytes.indexOf(newline, at + 1))
      starts[++line] = offset + at + 1;
    offset += bytes.length;
  }
  if (line < count || offset > starts[count]) throw damagedSeal(place);
  return starts;
}

const newline = 10;

function chunksOf(file: string): AsyncIterable<Buffer> {
  return createReadStream(file, { highWaterMark: 2 ** 20 }); // without an encoding, chunks are buffers
}
