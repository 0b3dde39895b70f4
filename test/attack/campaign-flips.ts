import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../src/random.js';
import { differenceOf, prepared, runUndisturbed } from './campaign-kills.js';
import { lastLine, runLamm } from './run.js';
import type { Effort, Tally } from './tally.js';
import { type Verb, verbs } from './verbs.js';

/**
 * Flips one bit in the checkpoint of a killed run: going on must be refused, or give the bytes of a run that nobody
 * disturbed.
 */
export async function attackByFlips({ seed, share, folder, deadline }: Effort): Promise<Tally> {
  const faults: string[] = [];
  let [attacks, refused] = [0, 0];
  const checkpointed = verbs.filter(({ checkpoint }) => checkpoint !== undefined);
  const flipsEach = Math.max(1, Math.round((100 * share) / checkpointed.length));
  for (const verb of checkpointed) {
    const stopped = await stopMidway(verb, folder);
    if (typeof stopped === 'string') {
      faults.push(`${verb.name}: ${stopped}`);
      continue;
    }
    const random = createRandom(seed);
    for (let flip = 0; flip < flipsEach && performance.now() < deadline; flip++) {
      attacks++;
      const outcome = await flipOnce(verb, stopped, { folder, place: random.uniform(), bit: random.integer(8) });
      if (outcome === 'refused') refused++;
      else if (outcome !== undefined) faults.push(`${verb.name}, flip ${flip}: ${outcome}`);
    }
  }
  return { name: 'flipped bits', attacks, faults, notes: `${refused} refused, the others gave the same bytes` };
}

interface Stopped {
  /** A folder as the killed run left it. */
  readonly at: string;
  readonly expected: ReadonlyMap<string, Buffer>;
}

/** Kills a run about half-way, where it has a checkpoint. */
async function stopMidway(verb: Verb, folder: string): Promise<Stopped | string> {
  const whole = await runUndisturbed(verb, folder);
  if (typeof whole === 'string') return whole;
  for (let place = Math.ceil(whole.places / 2); place > 0; place--) {
    const at = prepared(verb, folder);
    await runLamm({ args: verb.args, folder: at, killAt: `${place}:after` });
    if (!existsSync(join(at, verb.checkpoint ?? ''))) continue;
    const stopped = join(folder, 'stopped');
    rmSync(stopped, { recursive: true, force: true });
    renameSync(at, stopped);
    return { at: stopped, expected: whole.results };
  }
  return 'there is no checkpoint at any place';
}

async function flipOnce(
  verb: Verb,
  { at: source, expected }: Stopped,
  { folder, place, bit }: { folder: string; place: number; bit: number },
): Promise<string | undefined> {
  const at = join(folder, 'work');
  try {
    cpSync(source, at, { recursive: true });
    const path = join(at, verb.checkpoint ?? '');
    const bytes = readFileSync(path);
    bytes[Math.floor(place * bytes.length)] ^= 1 << bit;
    writeFileSync(path, bytes);
    const again = await runLamm({ args: [...verb.args, ...verb.again], folder: at });
    if (again.exitCode === 2) return 'refused';
    if (again.exitCode !== 0) return lastLine(again);
    const difference = differenceOf(at, verb, expected);
    return difference && `accepted, and ${difference}`;
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}
