import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, shuffle } from '../../src/random.js';
import { lastLine, runLamm } from './run.js';
import type { Effort, Tally } from './tally.js';
import { type Verb, verbs } from './verbs.js';

/** One run that is to be killed. */
interface Death {
  readonly verb: Verb;
  /** `3:before`. */
  readonly killAt: string;
  readonly expected: Results;
}

/**
 * Kills every verb that writes before and after every rename, removal and flush, runs it again, and compares what is left to the byte; in a random order, so
 * that a part of the time is a part of all of them.
 */
export async function attackByKills({
  seed,
  share,
  verbs: wanted,
  lastPlaces,
  folder,
  deadline,
}: Effort): Promise<Tally> {
  const faults: string[] = [];
  const deaths: Death[] = [];
  for (const verb of verbs.filter(({ name }) => wanted?.includes(name) ?? true)) {
    const whole = await runUndisturbed(verb, folder);
    if (typeof whole === 'string') faults.push(`${verb.name}: ${whole}`);
    else deaths.push(...deathsOf(verb, whole, lastPlaces));
  }
  const chosen = shuffle(deaths, createRandom(seed)).slice(0, Math.ceil(share * deaths.length));
  const attacked = new Map<string, number>();
  for (const { verb, killAt, expected } of chosen) {
    if (performance.now() > deadline) break;
    attacked.set(verb.name, (attacked.get(verb.name) ?? 0) + 1);
    const fault = await killOnce(verb, killAt, { folder, expected });
    if (fault !== undefined) faults.push(`${verb.name} killed at ${killAt}: ${fault}`);
  }
  const counts = Array.from(attacked, ([name, count]) => `${name} ${count}`).join(', ');
  const attacks = Array.from(attacked.values()).reduce((sum, count) => sum + count, 0);
  return { name: 'kills', attacks, faults, notes: `of ${deaths.length} places: ${counts}` };
}

function deathsOf(
  verb: Verb,
  { results, places }: { readonly results: Results; readonly places: number },
  lastPlaces = places,
): Death[] {
  const chosen = Array.from({ length: places }, (_, index) => index + 1).slice(-lastPlaces);
  return chosen.flatMap((place) =>
    ['before', 'after'].map((moment) => ({ verb, killAt: `${place}:${moment}`, expected: results })),
  );
}

/** A folder of always the same name, which results may hold, with the input of a verb and nothing else. */
export function prepared(verb: Verb, folder: string): string {
  const at = join(folder, 'work');
  rmSync(at, { recursive: true, force: true });
  mkdirSync(at);
  verb.prepare(at);
  return at;
}

type Results = ReadonlyMap<string, Buffer>;

/** The results of a verb, and at how many places it can be killed. */
export async function runUndisturbed(
  verb: Verb,
  folder: string,
): Promise<{ readonly results: Results; readonly places: number } | string> {
  const at = prepared(verb, folder);
  const ended = await runLamm({ args: verb.args, folder: at, countTo: join(folder, 'count') });
  if (ended.exitCode !== 0) return lastLine(ended);
  const results = new Map(verb.results.map((name) => [name, timelessBytes(join(at, name), verb)]));
  rmSync(at, { recursive: true });
  return { results, places: Number(readFileSync(join(folder, 'count'), 'utf8')) };
}

async function killOnce(
  verb: Verb,
  killAt: string,
  { folder, expected }: { folder: string; expected: Results },
): Promise<string | undefined> {
  const at = prepared(verb, folder);
  try {
    const killed = await runLamm({ args: verb.args, folder: at, killAt });
    if (killed.signal === null && killed.exitCode !== 0) return lastLine(killed);
    const again = await runLamm({ args: [...verb.args, ...verb.again], folder: at });
    if (again.exitCode !== 0) return `run again: ${lastLine(again)}`;
    return differenceOf(at, verb, expected) ?? strayOf(at);
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}

/** Which result is missing or another one. */
export function differenceOf(folder: string, verb: Verb, expected: Results): string | undefined {
  for (const [name, bytes] of expected) {
    const path = join(folder, name);
    if (!existsSync(path)) return `${name} is missing`;
    if (!timelessBytes(path, verb).equals(bytes)) return `${name} has other bytes`;
  }
  return undefined;
}

/** A file without what depends on the clock. */
function timelessBytes(path: string, { times }: Verb): Buffer {
  const bytes = readFileSync(path);
  return times === undefined ? bytes : Buffer.from(bytes.toString('latin1').replaceAll(times, ''), 'latin1');
}

/** What a run leaves that ended well: its temporary files and locks are gone. */
function strayOf(folder: string): string | undefined {
  const stray = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    /\.(?:tmp|lock|takeover)$/.test(name),
  );
  return stray === undefined ? undefined : `${stray} was left`;
}
