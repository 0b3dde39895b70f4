import type { Command } from 'commander';
import { formatComparison } from '../../tasks/compare/page.js';
import { runCompareTask } from '../../tasks/compare/run.js';
import { compareTask } from '../../tasks/compare/schema.js';
import { follow } from '../input/follow.js';
import { givenSettings } from '../input/setting-options.js';
import { terminalWidth } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';
import { runJob } from './training-job.js';

/** Runs `lamm compare`. */
export async function compare({ json }: { readonly json?: boolean }, command: Command): Promise<void> {
  const given = await givenSettings(command, compareTask);
  const outcome = await follow(
    command,
    (context) => runCompareTask(given, { ...context, train: runJob }),
    ({ done, training }) => ({ done, note: training }),
  );
  if (outcome === undefined) {
    remark('interrupted; the same command goes on');
    process.exitCode = exitCode.interrupted;
  } else if (json) printJson({ ...outcome.comparison, out: outcome.out });
  else print(`${formatComparison(outcome.comparison, terminalWidth())}\nwritten to ${outcome.out}`);
}
