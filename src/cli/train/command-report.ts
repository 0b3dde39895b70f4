import type { Command } from 'commander';
import { bestErrors } from '../../../pretrain/assess/learning-curves.js';
import { resolveOutputPath } from '../../tasks/structures/output-path.js';
import * as tables from '../../tasks/train/page.js';
import { summaryOf } from '../../tasks/train/page.js';
import { type RunOfFile, readRuns, writeTrainingReport } from '../../tasks/train/runs.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';

interface ReportOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `lamm report`: learning curves of trainings. */
export function registerReport(command: Command): void {
  command
    .argument('<runs...>', 'folders of trainings, running or done; NAME=FOLDER names one')
    .option('-o, --out <path>', 'the page (default: named after the first training; none with --json)')
    .option('--force', 'replace files that exist')
    .option('--json', 'print one JSON object on stdout')
    .action(report);
}

async function report(paths: readonly string[], { out, force, json }: ReportOptions): Promise<void> {
  const runs = await readRuns(paths);
  for (const { name, metrics } of runs) for (const text of metrics.remarks) remark(`${name}: ${text}`);
  const place = { input: `${runs[0].name.replaceAll('/', '-')}.jsonl`, out, suffix: '-report.html', force };
  const page = json && out === undefined ? undefined : resolveOutputPath(place);
  if (page !== undefined) await writeTrainingReport(page, runs);
  if (json) {
    printJson({ runs: await Promise.all(runs.map(describe)), ...(page !== undefined && { page }) });
    return;
  }
  const best = tables.bestTable(runs);
  print([fitTable(tables.summaryTable(runs), 1), ...(best.length > 1 ? ['', fitTable(best, 1)] : [])].join('\n'));
  print(`written to ${page}`);
}

function describe(run: RunOfFile): object {
  const { name, file, metrics } = run;
  return { name, file, summary: summaryOf(run), best: bestErrors(metrics.validation), ...metrics };
}
