import type { Command } from 'commander';
import { summaryTable } from '../../tasks/analysis/analysis-text.js';
import { type AnalyzeOutcome, describeTrajectory, runAnalyzeTask, runViewTask } from '../../tasks/analyze/run.js';
import { analyzeTask, viewTask } from '../../tasks/analyze/schema.js';
import { givenSettings } from '../input/setting-options.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';

interface Options {
  readonly json?: boolean;
}

/** Runs `lamm analyze` for a trajectory. */
export async function analyze(file: string, options: Options, command: Command): Promise<void> {
  report(file, await runAnalyzeTask(file, await givenSettings(command, analyzeTask), { tell: remark }), options);
}

/** Runs `lamm view` for a trajectory. */
export async function view(file: string, options: Options, command: Command): Promise<void> {
  report(file, await runViewTask(file, await givenSettings(command, viewTask), { tell: remark }), options);
}

function report(file: string, { result, csv, html }: AnalyzeOutcome, { json }: Options): void {
  if (json) {
    printJson({ file, ...result, ...(csv && { csv }), ...(html && { html }) });
    return;
  }
  print(describeTrajectory(file, result));
  const table = summaryTable(result);
  if (table.length > 1) print(fitTable(table, 1));
  for (const path of [csv, html]) if (path !== undefined) print(`written to ${path}`);
}
