import { join } from 'node:path';
import { errorRecord } from '../../../pretrain/assess/error-sums.js';
import { describeOverfitting } from '../../../pretrain/assess/overfitting.js';
import type { PretrainConfig } from '../../../pretrain/config/pretrain-config.js';
import { saveModel, type TestedSet, type TrainedModel } from '../../../pretrain/train.js';
import { countOf } from '../../count-of.js';
import { type ErrorRow, formatErrors } from '../../tasks/evaluate/format-errors.js';
import { print, printJson, remark } from '../output/output.js';
import { formatSeconds } from '../output/progress.js';
import { writeReportBeside } from './training-runs.js';

/** Writes the model of a training that has ended, and what came of it. */
export async function finishTraining(
  trained: TrainedModel,
  { config, out, json }: { readonly config: PretrainConfig; readonly out: string; readonly json?: boolean },
): Promise<void> {
  const { tested, completed } = trained;
  const { step: steps, epoch: epochs, seconds, best } = trained.progress;
  if (steps === 0) return remark('stopped before the first step: there is nothing to save');
  const table = tested.length === 0 ? undefined : formatErrors(tested.flatMap(errorRows));
  const model = join(out, 'model.safetensors');
  await saveModel(model, trained, { ...config.card, notes: table?.split('\n') ?? [] });
  const page = await writeReportBeside(out);
  const files = { model, ...(page && { report: page }), out };
  const errors = Object.fromEntries(tested.map(({ name, total }) => [name, errorRecord(total)]));
  if (json) printJson({ completed, steps, epochs, seconds, best, errors, ...files });
  else report(trained, { table, ...files });
}

/** Rows of the table of errors: all of a set, then each of its files; of the training the whole alone. */
function errorRows({ name, total, files, measured, count }: TestedSet): ErrorRow[] {
  const row = { name: measured < count ? `${name} (${measured} of ${count})` : name, errors: total };
  if (name === 'train') return [row];
  return [row, ...Object.entries(files).map(([file, errors]) => ({ name: `  ${file}`, errors }))];
}

function report(
  { progress, totalSteps, completed, tested }: TrainedModel,
  {
    table,
    ...paths
  }: { readonly table?: string; readonly model: string; readonly report?: string; readonly out: string },
): void {
  if (table !== undefined) print(table);
  const [train, validation] = ['train', 'validation'].map((name) => tested.find((set) => set.name === name)?.total);
  const overfitting = train && validation && describeOverfitting(train, validation);
  if (overfitting !== undefined) remark(overfitting);
  const { step, epoch, seconds, structures, atoms } = progress;
  const early = step < totalSteps ? `done, as ${progress.waited} validations were not better than the best` : 'done';
  const state = completed ? early : `stopped before step ${totalSteps}, carry on with --resume`;
  const speed = `${(structures / seconds).toFixed(0)} structures/s, ${(atoms / seconds).toFixed(0)} atoms/s`;
  remark(`${state}: ${countOf(step, 'step')}, ${countOf(epoch, 'epoch')} in ${formatSeconds(seconds)} (${speed})`);
  const curves = paths.report === undefined ? '' : `; learning curves: ${paths.report}`;
  remark(`model: ${paths.model}${curves}; metrics and checkpoints: ${paths.out}`);
}
