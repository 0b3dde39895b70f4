import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LammError } from '../../src/errors.js';
import { createRandom } from '../../src/random.js';
import { mutate } from './mutate.js';
import { readAll } from './read-all.js';
import { limits } from './tally.js';
import { takeForeign } from './watch-files.js'; // first: it watches what the others open

/** What is told of each mutated input: nothing when all was as it should be. */
export interface MutationReport {
  readonly seed: number;
  readonly fault?: string;
  readonly seconds: number;
}

function faultOf(error: unknown): string | undefined {
  if (!(error instanceof LammError)) return `raw ${error instanceof Error ? error.stack : String(error)}`;
  return error.message.length > 100_000 ? `a message of ${error.message.length} characters` : undefined;
}

/** Reads one damaged file: number `seed` of all, made of a file of `corpus`. */
export async function attackFile(seed: number, corpus: readonly string[], folder: string): Promise<MutationReport> {
  const random = createRandom(seed);
  const original = corpus[random.integer(corpus.length)];
  const other = readFileSync(corpus[random.integer(corpus.length)]);
  const path = join(folder, `m-${basename(original)}`);
  writeFileSync(path, mutate(readFileSync(original), random, other));
  takeForeign(folder);
  const before = process.cpuUsage();
  const rss = process.memoryUsage().rss;
  const failure = await readAll(path).then(() => undefined, faultOf);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const foreign = takeForeign(folder);
  const grown = (process.memoryUsage().rss - rss) / 2 ** 20;
  const fault =
    failure ??
    (foreign.length > 0 ? `opened ${foreign[0]}` : undefined) ??
    (seconds > limits.seconds ? `took ${seconds.toFixed(1)} s` : undefined) ??
    (grown > limits.megabytes ? `took ${grown.toFixed(0)} MB` : undefined);
  return { seed, seconds, ...(fault !== undefined && { fault: `${basename(original)}: ${fault}` }) };
}
