import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allBombs, type Bomb } from './bombs.js';
import type { ReadReport } from './read-files.js';
import { type Effort, limits, type Tally } from './tally.js';

const reader = fileURLToPath(new URL('./read-files.js', import.meta.url));
/** A reader that says nothing for this long, in ms, hangs. */
const patience = 300_000;
/** How many are read by one process, whose memory is that of the worst of them. */
const batchSize = 20;

/**
 * Reads bombs in processes of their own: each must end with one line, in little time and memory, and open nothing else.
 */
export async function attackByBombs({ share, folder, deadline }: Effort): Promise<Tally> {
  const step = Math.max(1, Math.round(1 / share));
  const bombs = [...allBombs()].filter((_, index) => index % step === 0);
  const faults: string[] = [];
  let [attacks, longest, largest] = [0, 0, 0];
  for (let start = 0; start < bombs.length && performance.now() < deadline; start += batchSize) {
    const batch = bombs.slice(start, start + batchSize);
    for (const [index, report] of (await explode(batch, folder)).entries()) {
      attacks++;
      longest = Math.max(longest, report.seconds);
      largest = Math.max(largest, report.megabytes);
      const fault = faultOf(report);
      if (fault !== undefined) faults.push(`${batch[index].name}: ${fault}`);
    }
  }
  const notes = `at most ${longest.toFixed(1)} s of the processor and ${largest.toFixed(0)} MB`;
  return { name: 'hostile inputs', attacks, faults, notes };
}

function faultOf({ outcome, message, seconds, megabytes, foreign }: ReadReport): string | undefined {
  if (outcome === 'raw') return `raw error: ${message.slice(0, 200)}`;
  if (foreign.length > 0) return `opened ${foreign.join(', ')}`;
  if (message.includes('\n')) return 'its error has several lines';
  if (seconds > limits.seconds) return `took ${seconds.toFixed(1)} s`;
  return megabytes > limits.megabytes ? `took ${megabytes.toFixed(0)} MB` : undefined;
}

/** Reads all of them together, and one by one where one took too much, or took the others with it. */
async function explode(bombs: readonly Bomb[], folder: string): Promise<readonly ReadReport[]> {
  const paths = bombs.map(({ name, bytes }) => {
    const path = join(folder, name);
    writeFileSync(path, bytes());
    return path;
  });
  try {
    const together = await readFiles(paths);
    const isSound = together.length === paths.length && (together.at(-1)?.megabytes ?? 0) <= limits.megabytes;
    if (isSound) return together;
    const alone: ReadReport[] = [];
    for (const path of paths) alone.push((await readFiles([path])).at(0) ?? lost);
    return alone;
  } finally {
    for (const path of paths) rmSync(path, { force: true });
  }
}

/** What a reader comes to that hangs, or dies. */
const lost: ReadReport = {
  outcome: 'raw',
  message: 'no answer, or the end of the process',
  seconds: 0,
  megabytes: 0,
  foreign: [],
};

/** The reports of a process of its own; fewer than there are files when it hangs or dies. */
function readFiles(paths: readonly string[]): Promise<readonly ReadReport[]> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [reader, ...paths], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    let timer = setTimeout(() => child.kill('SIGKILL'), patience);
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      clearTimeout(timer);
      timer = setTimeout(() => child.kill('SIGKILL'), patience);
    });
    child.on('close', () => {
      clearTimeout(timer);
      const lines = text.split('\n').slice(0, -1);
      resolve(lines.map((line): ReadReport => JSON.parse(line)));
    });
  });
}
