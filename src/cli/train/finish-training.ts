import { join } from 'node:path';
import { errorRecord } from '../../../pretrain/assess/error-sums.js';
import { type ValidationResult, validate } from '../../../pretrain/assess/validate.js';
import { exportModel } from '../../../pretrain/checkpoint/export-model.js';
import type { StartingModel } from '../../../pretrain/checkpoint/start-from-model.js';
import { anyRank } from '../../../pretrain/collectives.js';
import type { PretrainConfig } from '../../../pretrain/config/pretrain-config.js';
import type { PreparedData } from '../../../pretrain/dataset/prepare-data.js';
import type { PretrainResult } from '../../../pretrain/pretrain.js';
import type { PreparedTraining } from '../../../pretrain/setup.js';
import { type ErrorRow, formatErrors } from '../model/format-errors.js';
import { print, printJson, remark } from '../output/output.js';
import { formatSeconds } from '../output/progress.js';
import { writeReportBeside } from './training-runs.js';

/** A training that has ended. */
export interface EndedTraining {
  readonly config: PretrainConfig;
  readonly data: PreparedData;
  readonly training: PreparedTraining;
  readonly from?: StartingModel;
  readonly result: PretrainResult;
  readonly out: string;
  readonly json?: boolean;
  readonly stop: { interrupted(): boolean };
}

/** All ranks test the best parameters; the first writes the model and reports.  Returns whether a signal ended the training: then nothing is tested. */
export async function finishTraining({ stop, ...ended }: EndedTraining): Promise<boolean> {
  const { training, result } = ended;
  const { communicator } = training.setup;
  const isFirst = communicator.rank === 0;
  const hurry = await anyRank(communicator, !result.completed && stop.interrupted());
  if (result.progress.step === 0) {
    if (isFirst) remark('stopped before the first step: there is nothing to save');
    return hurry;
  }
  const tested = hurry ? [] : await testParameters(training, result.parameters);
  if (isFirst) await writeModel(ended, tested);
  return hurry;
}

type Tested = ValidationResult & { readonly name: string };

async function testParameters({ setup, test }: PreparedTraining, parameters: Float32Array): Promise<Tested[]> {
  const tested: Tested[] = [];
  for (const [name, store] of [
    ['validation', setup.validation],
    ['test', test],
  ] as const) {
    if (store.samples.length === 0) continue;
    const { options } = setup;
    tested.push({ name, ...(await validate(store, parameters, { ...options, ...setup, budget: options.batch })) });
  }
  return tested;
}

async function writeModel(ended: Omit<EndedTraining, 'stop'>, tested: readonly Tested[]): Promise<void> {
  const { config, data, training, result, out, json } = ended;
  const errors = Object.fromEntries(tested.map(({ name, total }) => [name, errorRecord(total)]));
  const model = join(out, 'model.safetensors');
  const table = tested.length === 0 ? undefined : formatErrors(tested.flatMap(errorRows));
  const trainingData = data.files.filter(({ role }) => role === 'train').map(({ name }) => name);
  const card = { ...config.card, trainingData, notes: [...describeTraining(ended), ...(table?.split('\n') ?? [])] };
  await exportModel(model, { config: training.model, parameters: result.parameters, data, card });
  const page = await writeReportBeside(out);
  const { step: steps, epoch: epochs, seconds, best } = result.progress;
  const files = { model, ...(page && { report: page }), out };
  if (json) printJson({ completed: result.completed, steps, epochs, seconds, best, errors, ...files });
  else report(result, { table, ...files });
}

/** What the model began as, and how its parameters were chosen. */
function describeTraining({ from, training, result }: Pick<EndedTraining, 'from' | 'training' | 'result'>): string[] {
  const { validation } = training.setup;
  const { step, best } = result.progress;
  const copied = Array.from(from?.copies ?? [], ([name, { head }]) => `, its head ${name} from ${head}`);
  return [
    ...(from === undefined ? [] : [`started from ${from.model.card.name}${copied.join('')}`]),
    best === null
      ? `parameters of the last of ${step} steps`
      : `parameters of step ${best.step} of ${step}, which had the smallest loss on the ${validation.samples.length} structures of the validation`,
  ];
}

/** Rows of the table of errors: all of a set, then each of its files. */
function errorRows({ name, total, files }: Tested): ErrorRow[] {
  return [{ name, errors: total }, ...Object.entries(files).map(([file, errors]) => ({ name: `  ${file}`, errors }))];
}

function report(
  { progress, totalSteps, completed }: PretrainResult,
  {
    table,
    ...paths
  }: { readonly table?: string; readonly model: string; readonly report?: string; readonly out: string },
): void {
  if (table !== undefined) print(table);
  const { step, epoch, seconds, structures, atoms } = progress;
  const early = step < totalSteps ? `done, as ${progress.waited} validations were not better than the best` : 'done';
  const state = completed ? early : `stopped before step ${totalSteps}, carry on with --resume`;
  const speed = `${(structures / seconds).toFixed(0)} structures/s, ${(atoms / seconds).toFixed(0)} atoms/s`;
  remark(`${state}: ${step} steps, ${epoch} epochs in ${formatSeconds(seconds)} (${speed})`);
  const curves = paths.report === undefined ? '' : `; learning curves: ${paths.report}`;
  remark(`model: ${paths.model}${curves}; metrics and checkpoints: ${paths.out}`);
}
