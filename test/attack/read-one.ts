import { dirname, resolve } from 'node:path';
import { LammError } from '../../src/errors.js';
import { readAll } from './read-all.js';
import { takeForeign } from './watch-files.js'; // first: it watches what the others open

/** What reading one file came to. */
export interface ReadReport {
  readonly outcome: 'read' | 'refused' | 'raw';
  readonly message: string;
  /** Seconds of the processor, start of the program included. */
  readonly seconds: number;
  readonly megabytes: number;
  readonly foreign: readonly string[];
}

const path = process.argv[2];
takeForeign(dirname(resolve(path)));
const failure: unknown = await readAll(path).then(
  () => undefined,
  (error: unknown) => error ?? new Error('nothing was thrown'),
);
const { user, system } = process.cpuUsage();
const report: ReadReport = {
  outcome: failure === undefined ? 'read' : failure instanceof LammError ? 'refused' : 'raw',
  message: failure instanceof Error ? failure.message : '',
  seconds: (user + system) / 1e6,
  megabytes: process.resourceUsage().maxRSS / 1024,
  foreign: takeForeign(dirname(resolve(path))),
};
process.stdout.write(JSON.stringify(report));
