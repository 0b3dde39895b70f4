import type { Command } from 'commander';
import { bestErrors } from '../../../pretrain/assess/learning-curves.js';
import { runReportTask } from '../../tasks/report/run.js';
import { reportTask } from '../../tasks/report/schema.js';
import { bestTable, resultTable, summaryOf, summaryTable } from '../../tasks/train/page.js';
import type { RunOfFile } from '../../tasks/train/runs.js';
import { givenSettings } from '../input/setting-options.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';

/** Runs `lamm report` for trainings. */
export async function report(
  paths: readonly string[],
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const given = await givenSettings(command, reportTask);
  const { runs, page } = await runReportTask(paths, given, { tell: remark, onlyNamed: json });
  if (json) {
    printJson({ runs: await Promise.all(runs.map(describe)), ...(page !== undefined && { page }) });
    return;
  }
  const tables = [summaryTable(runs), ...[bestTable(runs), resultTable(runs)].filter(({ length }) => length > 1)];
  print(tables.map((table) => fitTable(table, 1)).join('\n\n'));
  print(`written to ${page}`);
}

function describe(run: RunOfFile): object {
  const { name, file, metrics } = run;
  return { name, file, summary: summaryOf(run), best: bestErrors(metrics.validation), ...metrics };
}
