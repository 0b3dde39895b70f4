import type { Command } from 'commander';
import { type PrepareOutcome, runDataPrepareTask } from '../../tasks/data/prepare/run.js';
import { dataPrepareTask } from '../../tasks/data/prepare/schema.js';
import { givenSettings } from '../input/setting-options.js';
import { print, printJson, remark } from '../output/output.js';
import { formatDataSummary } from './format-data-summary.js';

/** Runs `lamm data prepare`. */
export async function dataPrepare({ json }: { readonly json?: boolean }, command: Command): Promise<void> {
  const outcome = await runDataPrepareTask(await givenSettings(command, dataPrepareTask), { tell: remark });
  if (outcome.kind === 'written') for (const text of outcome.report.remarks) remark(`note: ${text}`);
  if (json) printJson(recordOf(outcome));
  else report(outcome);
}

function recordOf(outcome: PrepareOutcome): object {
  const { out } = outcome;
  if (outcome.kind === 'verified') return { out, verified: true };
  if (outcome.kind === 'current') return { out, written: false };
  const { samples, bytes, seconds, report: prepared } = outcome;
  const { files, subsets } = prepared;
  return { out, written: true, samples, bytes, seconds, subsets, files };
}

function report(outcome: PrepareOutcome): void {
  const { out } = outcome;
  if (outcome.kind === 'verified') print(`${out}: everything is as it was written`);
  else if (outcome.kind === 'current') print(`${out} is up to date; nothing was written`);
  else {
    const { samples, bytes, seconds, temperature } = outcome;
    print(formatDataSummary(outcome.report));
    const pace = `in ${seconds.toFixed(1)} s (${(samples / seconds).toFixed(0)} samples/s)`;
    remark(`${samples} samples, ${(bytes / 1e6).toFixed(1)} MB, ${pace}`);
    const also = temperature === 1 ? '' : `, temperature: ${temperature}`;
    remark(`train on them with data: { prepared: ${out}${also} }`);
  }
}
