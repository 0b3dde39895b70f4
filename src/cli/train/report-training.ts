import { errorRecord } from '../../../pretrain/assess/error-sums.js';
import { describeOverfitting } from '../../../pretrain/assess/overfitting.js';
import { countOf } from '../../count-of.js';
import type { TrainOutcome, WrittenModel } from '../../tasks/train/run.js';
import { print, printJson, remark } from '../output/output.js';
import { formatSeconds } from '../output/progress.js';

/** Prints what came of a training. */
export function reportTraining(outcome: TrainOutcome, { json }: { readonly json?: boolean }): void {
  const { written } = outcome;
  if (written === undefined) remark('stopped before the first step: there is nothing to save');
  else if (json) printJson(jsonReport(outcome, written));
  else reportModel(outcome, written);
}

function jsonReport({ trained, out }: TrainOutcome, { model, report }: WrittenModel): object {
  const { tested, completed, progress, totalSteps } = trained;
  const { step: steps, epoch: epochs, seconds, best } = progress;
  const errors = Object.fromEntries(tested.map(({ name, total }) => [name, errorRecord(total)]));
  return { completed, steps, totalSteps, epochs, seconds, best, errors, model, ...(report && { report }), out };
}

function reportModel({ trained, out }: TrainOutcome, { model, report, errors }: WrittenModel): void {
  const { progress, totalSteps, completed, tested } = trained;
  if (errors !== undefined) print(errors);
  const [train, validation] = ['train', 'validation'].map((name) => tested.find((set) => set.name === name)?.total);
  const overfitting = train && validation && describeOverfitting(train, validation);
  if (overfitting !== undefined) remark(overfitting);
  const { step, epoch, seconds, structures, atoms } = progress;
  const end = step > totalSteps ? `done, beyond the ${countOf(totalSteps, 'step')} of its length` : 'done';
  const early = step < totalSteps ? `done, as ${progress.waited} validations were not better than the best` : end;
  const state = completed ? early : `stopped before step ${totalSteps}, carry on with --resume`;
  const speed = `${(structures / seconds).toFixed(0)} structures/s, ${(atoms / seconds).toFixed(0)} atoms/s`;
  const steps = `${countOf(step, 'step')}, ${countOf(epoch, 'epoch')} in ${formatSeconds(seconds)} (${speed})`;
  remark(step === 0 ? 'measured and calibrated as it is: nothing was trained' : `${state}: ${steps}`);
  const curves = report === undefined ? '' : `; learning curves: ${report}`;
  remark(`model: ${model}${curves}; metrics and checkpoints: ${out}`);
}
