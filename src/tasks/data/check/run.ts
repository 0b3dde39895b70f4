import type { z } from 'zod';
import { checkData, type DataReport } from '../../../../pretrain/dataset/check/check-data.js';
import { loadSamples, type SampleFile } from '../../../../pretrain/dataset/load/load-samples.js';
import { openData } from '../../../../pretrain/dataset/open-data.js';
import type { PreparedData } from '../../../../pretrain/dataset/prepare-data.js';
import { checkPrepared } from '../../../../pretrain/dataset/prepared/check-prepared.js';
import { isAboutOneFile, LammError } from '../../../errors.js';
import { expandFolder } from '../../../io/data-folder.js';
import { checkSettings } from '../../../settings/check-settings.js';
import { readTrainingFile } from '../../train/training-file.js';
import { type DataCheckTaskSettings, dataCheckTask } from './schema.js';

/** What a training would make of data, and whether it should. */
interface Verdict {
  /** Reasons not to train on them. */
  readonly problems: readonly string[];
  /** What may be meant so. */
  readonly remarks: readonly string[];
}

export interface CheckedFiles extends Verdict {
  readonly kind: 'files';
  readonly report: DataReport;
  /** Files of the `fileCount` that could not be read and are left out, as messages. */
  readonly skipped: readonly string[];
  readonly fileCount: number;
}

export interface CheckedTraining extends Verdict {
  readonly kind: 'training';
  readonly data: PreparedData;
}

/**
 * Looks at files of structures as one training on all of them would, or at the data of a training that a YAML file
 * describes.
 *
 * @throws {LammError} for settings that do not fit, and data of a training that cannot be read.
 */
export async function runDataCheckTask(
  paths: readonly string[],
  given: DataCheckTaskSettings,
): Promise<CheckedFiles | CheckedTraining> {
  const settings = checkSettings(dataCheckTask, given);
  const [config] = paths;
  if (!/\.ya?ml$/i.test(config)) return checkFiles(paths, settings);
  if (paths.length > 1)
    throw new LammError('usage', 'expected one configuration of a training, or files of structures');
  assertNoSettings(given);
  return checkTraining(config);
}

/** What the configuration of a training says itself. */
function assertNoSettings(given: object): void {
  const quantity = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (quantity === undefined) return;
  const message = `expected no \`${quantity}\` beside the YAML file of a training, which has its own settings`;
  throw new LammError('usage', message, { quantity });
}

/** Looks at the data of a training as it would itself. */
async function checkTraining(file: string): Promise<CheckedTraining> {
  const { config, directory } = await readTrainingFile(file);
  const { energyReduction } = config.training;
  const data = await openData(config.data, { directory, energyReduction });
  return { kind: 'training', data, ...(await checkPrepared(data)) };
}

type Settings = z.output<typeof dataCheckTask>;

async function checkFiles(paths: readonly string[], settings: Settings): Promise<CheckedFiles> {
  const { files, problems, ...read } = await loadFiles(paths, settings);
  const report = await checkData(files, { maximumResidual: settings.maxResidual });
  return { kind: 'files', report, ...read, problems: [...problems, ...report.problems], remarks: report.remarks };
}

/** Every file that can be read, and why the others cannot: a problem where all fail, or when nothing may be skipped. */
async function loadFiles(
  paths: readonly string[],
  { energyKey, forcesKey, unlabelled, strict, occupancy, keepUnconverged }: Settings,
) {
  const names = paths.flatMap(expandFolder);
  const files: SampleFile[] = [];
  const failures: string[] = [];
  let isSkippable = !strict;
  for (const path of names) {
    const file = { path, name: path, energyKey, forcesKey, ...(unlabelled && { labels: 'none' as const }) };
    try {
      files.push(await loadSamples(file, { occupancy, keepUnconverged }));
    } catch (error) {
      if (!(error instanceof LammError)) throw error;
      isSkippable &&= isAboutOneFile(error);
      failures.push(error.message);
    }
  }
  const areProblems = !isSkippable || files.length === 0;
  return {
    files,
    fileCount: names.length,
    ...(areProblems ? { problems: failures, skipped: [] } : { problems: [], skipped: failures }),
  };
}
