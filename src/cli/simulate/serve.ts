import type { Command } from 'commander';
import type { ServeSummary } from '../../ipi/client.js';
import { runServeTask, type ServeOutcome } from '../../tasks/serve/run.js';
import { serveTask } from '../../tasks/serve/schema.js';
import { engineEvents } from '../input/engine-events.js';
import { givenSettings } from '../input/setting-options.js';
import { print, printJson, remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Runs `lamm serve` for the atoms of a file, until the other program has enough or Ctrl-C. */
export async function serve(file: string, { json }: { readonly json?: boolean }, command: Command): Promise<void> {
  const given = await givenSettings(command, serveTask);
  const stop = new AbortController();
  const abort = () => stop.abort();
  const onReady = () => {
    for (const signal of signals) process.on(signal, abort);
  };
  try {
    report(
      await runServeTask(file, given, { tell: remark, engine: engineEvents(), signal: stop.signal, onReady }),
      json,
    );
  } finally {
    for (const signal of signals) process.off(signal, abort);
  }
}

const ends = {
  exit: 'the other program said EXIT',
  closed: 'the other program closed the connection',
  interrupted: 'interrupted',
} as const satisfies Record<ServeSummary['end'], string>;

function report({ calculator, ...summary }: ServeOutcome, json?: boolean): void {
  const { evaluations, seconds, end } = summary;
  const each = evaluations === 0 ? '' : `, ${((1000 * seconds) / evaluations).toFixed(2)} ms each`;
  if (json) printJson({ ...summary, calculator });
  else print(`${evaluations} evaluations with ${calculator}${each}; ${ends[end]}`);
  if (end === 'interrupted') process.exitCode = exitCode.interrupted;
}
