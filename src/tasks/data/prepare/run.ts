import { keepPrepared } from '../../../../pretrain/dataset/prepared/keep-prepared.js';
import { verifyPrepared } from '../../../../pretrain/dataset/prepared/open-prepared.js';
import type { FolderReport } from '../../../../pretrain/dataset/prepared/prepare-folder.js';
import { checkSettings } from '../../../settings/check-settings.js';
import type { TaskContext } from '../../context.js';
import { readTrainingFile } from '../../train/training-file.js';
import { type DataPrepareTaskSettings, dataPrepareTask } from './schema.js';

/** What became of the folder `out`. */
export type PrepareOutcome =
  | { readonly kind: 'verified'; readonly out: string }
  | { readonly kind: 'current'; readonly out: string }
  | {
      readonly kind: 'written';
      readonly out: string;
      readonly report: FolderReport;
      readonly samples: number;
      readonly bytes: number;
      readonly seconds: number;
      /** That of the configuration, which a training on the folder has to name itself. */
      readonly temperature: number;
    };

/**
 * Brings the samples of a training into a form that needs no parsing, or compares what is there with its hashes.
 *
 * @throws {LammError} for settings that do not fit, data that cannot be trained on, and a folder that is damaged.
 */
export async function runDataPrepareTask(
  given: DataPrepareTaskSettings,
  { tell }: TaskContext = {},
): Promise<PrepareOutcome> {
  const { config: file, out, set, verify, force } = checkSettings(dataPrepareTask, given);
  const { config, directory } = await readTrainingFile(file, set);
  const { data, model, training } = config;
  if (verify) {
    await verifyPrepared(out);
    return { kind: 'verified', out };
  }
  const start = performance.now();
  const { energyReduction } = training;
  const options = { directory, energyReduction, cutoff: model.cutoff, force, tell };
  const report = await keepPrepared(out, data, options);
  if (report === undefined) return { kind: 'current', out };
  return {
    kind: 'written',
    out,
    report,
    samples: report.subsets.reduce((sum, { count, validation, test }) => sum + count + validation + test, 0),
    bytes: report.shards.reduce((sum, { size }) => sum + size, 0),
    seconds: (performance.now() - start) / 1000,
    temperature: data.temperature,
  };
}
