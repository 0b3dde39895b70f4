import { dirname, resolve } from 'node:path';
import { LammError } from '../../src/errors.js';
import { readAll } from './read-all.js';
import { takeForeign } from './watch-files.js';

/** What reading one file came to. */
export interface ReadReport {
  readonly outcome: 'read' | 'refused' | 'raw';
  readonly message: string;
  /** Seconds of the processor. */
  readonly seconds: number;
  /** The most that the process has held so far. */
  readonly megabytes: number;
  /** Files that were opened besides. */
  readonly foreign: readonly string[];
}

async function report(path: string): Promise<ReadReport> {
  const folder = dirname(resolve(path));
  takeForeign(folder);
  const before = process.cpuUsage();
  const failure: unknown = await readAll(path).then(
    () => undefined,
    (error: unknown) => error ?? new Error('nothing was thrown'),
  );
  const { user, system } = process.cpuUsage(before);
  return {
    outcome: failure === undefined ? 'read' : failure instanceof LammError ? 'refused' : 'raw',
    message: failure instanceof Error ? failure.message : '',
    seconds: (user + system) / 1e6,
    megabytes: process.resourceUsage().maxRSS / 1024,
    foreign: takeForeign(folder),
  };
}

// A process that reads the files it is given and prints a line for each.
for (const path of process.argv.slice(2)) process.stdout.write(`${JSON.stringify(await report(path))}\n`);
