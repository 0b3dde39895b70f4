import { join, resolve } from 'node:path';
import { finetuneConfig } from '../../../pretrain/config/finetune-config.js';
import type { PretrainConfig } from '../../../pretrain/config/pretrain-config.js';
import {
  saveModel,
  type TestedSet,
  type TrainEvent,
  type TrainedModel,
  type TrainOptions,
  train,
} from '../../../pretrain/train.js';
import { modelFile } from '../../models/embedded-models.js';
import { loadModel } from '../../models/load-model.js';
import { checkSettings } from '../../settings/check-settings.js';
import { type ErrorRow, formatErrors } from '../evaluate/format-errors.js';
import { writeReportBeside } from './runs.js';
import {
  type FinetuneTaskSettings,
  finetuneTask,
  type PretrainTaskSettings,
  pretrainTask,
  type TrainSettings,
} from './schema.js';
import { readTrainingFile } from './training-file.js';

/** Where a training runs, and how it is stopped.  All of it may be left out. */
export type TrainContext = Pick<TrainOptions, 'shouldStop' | 'isUrgent' | 'communicator' | 'threads'>;

/** What a training came to. */
export interface TrainOutcome {
  readonly trained: TrainedModel;
  /** Folder of the model, checkpoints and metrics. */
  readonly out: string;
  /** What was written at the end: nothing before the first step, and by all ranks but the first. */
  readonly written?: WrittenModel;
}

export interface WrittenModel {
  /** Path of the model. */
  readonly model: string;
  /** Path of the page with its learning curves, if anything was logged. */
  readonly report?: string;
  /** A table of its errors, if any were measured. */
  readonly errors?: string;
}

/**
 * Trains a model as a configuration file says, and writes it with a page of its learning curves.  All ranks call it
 * together.
 *
 * @throws {LammError} for settings that do not fit, and what `train` throws.
 */
export async function* runPretrainTask(
  given: PretrainTaskSettings,
  context: TrainContext = {},
): AsyncGenerator<TrainEvent, TrainOutcome, void> {
  const settings = checkSettings(pretrainTask, given);
  const { config, directory } = await readTrainingFile(settings.config, settings.set);
  const out = settings.out === undefined ? resolve(directory, config.out) : resolve(settings.out);
  return yield* runTraining({ config, directory, out }, settings, context);
}

/**
 * Adapts a model to data of the user's, and writes it with a page of its learning curves.  All ranks call it together.
 *
 * @throws {LammError} for settings that do not fit, and what `train` throws.
 */
export async function* runFinetuneTask(
  given: FinetuneTaskSettings,
  context: TrainContext = {},
): AsyncGenerator<TrainEvent, TrainOutcome, void> {
  const { model, out, set, resume, force, ...request } = checkSettings(finetuneTask, given);
  const file = resolve(modelFile(model));
  const start = { file, config: loadModel(file).config };
  const config = finetuneConfig({ ...request, start, out: resolve(out) }, set);
  return yield* runTraining({ config, directory: resolve(), out: config.out }, { set, resume, force }, context);
}

interface Plan {
  readonly config: PretrainConfig;
  /** Folder that relative paths of the configuration start from. */
  readonly directory: string;
  readonly out: string;
}

async function* runTraining(
  { config, directory, out }: Plan,
  { resume, force }: TrainSettings,
  context: TrainContext,
): AsyncGenerator<TrainEvent, TrainOutcome, void> {
  const existing = resume ? 'resume' : force ? 'replace' : 'refuse';
  const trained = yield* train(config, { ...context, out, directory, existing });
  const isFirst = (context.communicator?.rank ?? 0) === 0;
  if (!isFirst || trained.tested.length === 0) return { trained, out };
  return { trained, out, written: await writeTrained(trained, { config, out }) };
}

async function writeTrained(
  trained: TrainedModel,
  { config, out }: { readonly config: PretrainConfig; readonly out: string },
): Promise<WrittenModel> {
  const { tested } = trained;
  const errors = tested.length === 0 ? undefined : formatErrors(tested.flatMap(errorRows));
  const model = join(out, 'model.safetensors');
  await saveModel(model, trained, { ...config.card, notes: errors?.split('\n') ?? [] });
  return { model, report: await writeReportBeside(out), errors };
}

/** Of more files the errors of each would hide those of the whole. */
const maxFiles = 12;

/**
 * Rows of the table of errors: all of a set, then each of its files where they are not many; of the training the whole
 * alone.
 */
function errorRows({ name, total, files, measured, count }: TestedSet): ErrorRow[] {
  const row = { name: measured < count ? `${name} (${measured} of ${count})` : name, errors: total };
  const ofFiles = Object.entries(files);
  if (name === 'train' || ofFiles.length > maxFiles) return [row];
  return [row, ...ofFiles.map(([file, errors]) => ({ name: `  ${file}`, errors }))];
}
