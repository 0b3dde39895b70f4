import { countSteps, type PretrainEvent, type PretrainSetup } from '../../../pretrain/pretrain.js';
import { describePlan } from '../../../pretrain/sampling/epoch-plan.js';
import type { StepCost } from '../../../pretrain/step/training-state.js';
import type { TrainEvent } from '../../../pretrain/train.js';
import { countOf } from '../../count-of.js';
import type { TrainOutcome } from '../../tasks/train/run.js';
import { GPa } from '../../units.js';
import { formatDataSummary } from '../data/format-data-summary.js';
import { remark } from '../output/output.js';
import { createProgress, type Progress } from '../output/progress.js';

/** What a training begins with, as lines. */
function describeStart(setup: PretrainSetup): string[] {
  const { training, validation, trainStep, state, communicator } = setup;
  const edges = training.sizes.edges.reduce((sum, count) => sum + count, 0);
  const atoms = training.sizes.atoms.reduce((sum, count) => sum + count, 0);
  const kept =
    training.keptCount < training.samples.length ? `, graphs of ${training.keptCount} structures kept in memory` : '';
  const { step, epoch } = state.progress;
  const { size: ranks } = communicator;
  const { efficiency, peakAtoms } = describePlan({ ...setup, sizes: training.sizes, ranks }, state.progress);
  return [
    `${countOf(training.samples.length, 'structure')} to train on (${countOf(atoms, 'atom')}, ${(edges / Math.max(1, atoms)).toFixed(1)} neighbours an atom${kept}), ` +
      `${validation.samples.length} to validate; ${trainStep.layout.size} parameters`,
    `at most ${peakAtoms} atoms at once` +
      (ranks > 1 ? ` on each of ${ranks} ranks, balanced to ${percent(efficiency)}` : ''),
    ...(step > 0 && step < countSteps(setup) ? [`carrying on after step ${step}, epoch ${epoch + 1}`] : []),
  ];
}

/** Runs a training to its end; the first rank shows how it goes. */
export async function followTraining(
  run: AsyncGenerator<TrainEvent, TrainOutcome>,
  { isFirst, onStart }: { readonly isFirst: boolean; readonly onStart: () => void },
): Promise<TrainOutcome> {
  const say = isFirst ? remark : () => undefined;
  let shown: { readonly progress: Progress; readonly begin: StepCost } | undefined;
  try {
    let turn = await run.next();
    for (; !turn.done; turn = await run.next()) {
      const event = turn.value;
      if (event.kind === 'data') say(formatDataSummary(event.data));
      if (event.kind === 'notice') say(event.about === 'data' ? `note: ${event.text}` : event.text);
      if (event.kind === 'start') {
        onStart();
        if (isFirst) shown = beginShowing(event.setup);
      }
      if (event.kind === 'step') shown?.progress.update(event.progress.step, describeStep(event, shown.begin));
      if (event.kind === 'validation') say(`${process.stderr.isTTY ? '\n' : ''}${describeValidation(event)}`);
    }
    return turn.value;
  } finally {
    shown?.progress[Symbol.dispose]();
  }
}

function beginShowing(setup: PretrainSetup): { progress: Progress; begin: StepCost } {
  for (const line of describeStart(setup)) remark(line);
  const begin = setup.state.progress;
  return { progress: createProgress({ label: 'training', total: countSteps(setup), done: begin.step }), begin };
}

function describeStep({ progress, losses }: PretrainEvent & { kind: 'step' }, begin: StepCost): string {
  const since = (name: keyof StepCost) => progress[name] - begin[name];
  const rate = (name: 'structures' | 'atoms') => `${(since(name) / since('seconds')).toFixed(0)} ${name}/s`;
  const shares = (['graphs', 'compute', 'communication'] as const).map(
    (part) => `${part} ${percent(since(`${part}Seconds`) / since('seconds'))}`,
  );
  const loss = `epoch ${progress.epoch + 1}, loss ${losses.loss.toPrecision(3)}`;
  return [loss, rate('structures'), rate('atoms'), ...shares].join(', ');
}

function describeValidation({ progress, result, improved }: PretrainEvent & { kind: 'validation' }): string {
  const { energy, forces, stress, noise } = result.total;
  const parts = [
    energy && `energy MAE ${(1000 * energy.mae).toFixed(2)} meV/atom`,
    forces && `force MAE ${(1000 * forces.mae).toFixed(1)} meV/A`,
    stress && `stress MAE ${(stress.mae / GPa).toFixed(3)} GPa`,
    noise && `noise MAE ${(1000 * noise.mae).toFixed(1)} mA`,
    `loss ${result.loss.toPrecision(4)}${improved ? ', the best so far' : ''}`,
  ];
  return `step ${progress.step}, validation: ${parts.filter((part) => part !== undefined).join(', ')}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
