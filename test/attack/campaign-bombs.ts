import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allBombs, type Bomb } from './bombs.js';
import type { ReadReport } from './read-one.js';
import { type Effort, limits, type Tally } from './tally.js';

const reader = fileURLToPath(new URL('./read-one.js', import.meta.url));
/** A reader that takes longer, in ms, is stopped. */
const patience = 60_000;

/** Reads each bomb in a process of its own: it must end with one line, in little time and memory, and open nothing else. */
export async function attackByBombs({ share, folder, deadline }: Effort): Promise<Tally> {
  const bombs = [...allBombs()];
  const step = Math.max(1, Math.round(1 / share));
  const faults: string[] = [];
  let [attacks, longest, largest] = [0, 0, 0];
  for (let index = 0; index < bombs.length && performance.now() < deadline; index += step) {
    const report = await explode(bombs[index], folder);
    attacks++;
    longest = Math.max(longest, report.seconds);
    largest = Math.max(largest, report.megabytes);
    const fault = faultOf(report);
    if (fault !== undefined) faults.push(`${bombs[index].name}: ${fault}`);
  }
  const notes = `at most ${longest.toFixed(1)} s of the processor and ${largest.toFixed(0)} MB, start included`;
  return { name: 'hostile inputs', attacks, faults, notes };
}

function faultOf({ outcome, message, seconds, megabytes, foreign }: ReadReport): string | undefined {
  if (outcome === 'raw') return `raw error: ${message.slice(0, 200)}`;
  if (foreign.length > 0) return `opened ${foreign.join(', ')}`;
  if (message.includes('\n')) return 'its error has several lines';
  if (seconds > limits.seconds) return `took ${seconds.toFixed(1)} s`;
  return megabytes > limits.megabytes ? `took ${megabytes.toFixed(0)} MB` : undefined;
}

function explode({ name, bytes }: Bomb, folder: string): Promise<ReadReport> {
  const path = join(folder, name);
  writeFileSync(path, bytes());
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [reader, path],
      { timeout: patience, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        rmSync(path, { force: true });
        if (error === null) resolve(JSON.parse(stdout) as ReadReport);
        else
          resolve({
            outcome: 'raw',
            message: `${error.signal ?? ''} ${stderr.slice(-300)}`,
            seconds: 0,
            megabytes: 0,
            foreign: [],
          });
      },
    );
  });
}
