import type { Command } from 'commander';
import { keepPrepared } from '../../../pretrain/dataset/prepared/keep-prepared.js';
import { verifyPrepared } from '../../../pretrain/dataset/prepared/open-prepared.js';
import { readTrainingFile } from '../../tasks/train/training-file.js';
import { collectValues } from '../input/shared-options.js';
import { print, printJson, remark } from '../output/output.js';
import { formatDataSummary } from './format-data-summary.js';

interface Options {
  readonly config: string;
  readonly out: string;
  readonly set: readonly string[];
  readonly verify?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `lamm data prepare`: the samples of a training in a form that needs no parsing. */
export function registerDataPrepare(command: Command): void {
  command
    .requiredOption('--config <file>', 'YAML file of the training')
    .requiredOption('-o, --out <folder>', 'folder for the prepared data, which a training names as data.prepared')
    .option('--set <key=value>', 'replace one setting of the file', collectValues, [])
    .option('--verify', 'read what is there and compare it with its hashes, instead of preparing anything')
    .option('--force', 'prepare again even where nothing has changed')
    .option('--json', 'print one JSON object on stdout, with every frame that is left out')
    .action(dataPrepare);
}

async function dataPrepare({ config: file, out, set, verify, force, json }: Options): Promise<void> {
  const { config, directory } = await readTrainingFile(file, set);
  const { data, model, training } = config;
  if (verify) {
    await verifyPrepared(out);
    if (json) printJson({ out, verified: true });
    else print(`${out}: everything is as it was written`);
    return;
  }
  const start = performance.now();
  const { energyReduction } = training;
  const report = await keepPrepared(out, data, {
    directory,
    energyReduction,
    cutoff: model.cutoff,
    force,
    tell: remark,
  });
  if (report === undefined) {
    if (json) printJson({ out, written: false });
    else print(`${out} is up to date; nothing was written`);
    return;
  }
  const seconds = (performance.now() - start) / 1000;
  const samples = report.subsets.reduce((sum, { count, validation, test }) => sum + count + validation + test, 0);
  const bytes = report.shards.reduce((sum, { size }) => sum + size, 0);
  for (const text of report.remarks) remark(`note: ${text}`);
  if (json) {
    const { files, subsets } = report;
    printJson({ out, written: true, samples, bytes, seconds, subsets, files });
  } else {
    print(formatDataSummary(report));
    remark(
      `${samples} samples, ${(bytes / 1e6).toFixed(1)} MB, in ${seconds.toFixed(1)} s (${(samples / seconds).toFixed(0)} samples/s)`,
    );
    remark(
      `train on them with data: { prepared: ${out}${data.temperature === 1 ? '' : `, temperature: ${data.temperature}`} }`,
    );
  }
}
