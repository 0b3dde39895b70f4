import type { Command } from 'commander';
import type { TrainEvent } from '../../../pretrain/train.js';
import type { Communicator } from '../../parallel/communicator.js';
import { runFinetuneTask, runPretrainTask, type TrainContext, type TrainOutcome } from '../../tasks/train/run.js';
import { finetuneTask, pretrainTask } from '../../tasks/train/schema.js';
import { runOnRanks, shareOfThreads } from '../input/ranks.js';
import { givenSettings, optionNames } from '../input/setting-options.js';
import { exitCode } from '../output/report-error.js';
import { createStopSignal } from '../output/stop-signal.js';
import { type ProcessSettings, processSettings } from './process-settings.js';
import { reportTraining } from './report-training.js';
import { followTraining } from './training-progress.js';

interface TrainingOptions {
  readonly json?: boolean;
}

type RunTask = (context: TrainContext) => AsyncGenerator<TrainEvent, TrainOutcome, void>;

/** Runs `lamm pretrain`. */
export async function pretrain(options: TrainingOptions, command: Command): Promise<void> {
  const given = await givenSettings(command, pretrainTask);
  await trainOnRanks((context) => runPretrainTask(given, context), options, command);
}

/** Runs `lamm finetune`. */
export async function finetune(options: TrainingOptions, command: Command): Promise<void> {
  const given = await givenSettings(command, finetuneTask);
  await trainOnRanks((context) => runFinetuneTask(given, context), options, command);
}

/** Trains on this process, or on all that were started with it, each of which runs the task. */
async function trainOnRanks(run: RunTask, { json }: TrainingOptions, command: Command): Promise<void> {
  const settings = await givenSettings(command, processSettings);
  const { mpi } = settings;
  await runOnRanks({ mpi, json, names: optionNames(command) }, (communicator) =>
    trainOn(communicator, run, { ...settings, json }),
  );
}

/** Trains on one of the ranks; the first of them speaks. */
async function trainOn(
  communicator: Communicator,
  run: RunTask,
  { timeLimitFs, json, ...settings }: ProcessSettings & TrainingOptions,
): Promise<void> {
  const isFirst = communicator.rank === 0;
  const threads = settings.threads ?? (await shareOfThreads(communicator));
  using stop = createStop({ timeLimitFs, quiet: !isFirst });
  const events = run({ communicator, threads, shouldStop: stop.poll, isUrgent: stop.interrupted });
  const outcome = await followTraining(events, { isFirst, onStart: stop.begin });
  if (isFirst) reportTraining(outcome, { json });
  if (outcome.trained.isUrgent) process.exitCode = exitCode.interrupted;
}

interface Stop extends Disposable {
  /** From now on Ctrl-C stops after a step; before, while the data are read, it ends the program. */
  begin(): void;
  poll(): Promise<boolean>;
  interrupted(): boolean;
}

/** Stops on Ctrl-C and when the time is up. */
function createStop({
  timeLimitFs = Number.POSITIVE_INFINITY,
  quiet,
}: {
  readonly timeLimitFs?: number;
  readonly quiet: boolean;
}): Stop {
  const limitMs = timeLimitFs * 1e-12;
  let signal: ReturnType<typeof createStopSignal> | undefined;
  return {
    begin() {
      signal = createStopSignal({ quiet });
    },
    poll: async () => ((await signal?.poll()) ?? false) || performance.now() > limitMs, // counted from the start of the process
    interrupted: () => signal?.requested ?? false,
    [Symbol.dispose]: () => signal?.[Symbol.dispose](),
  };
}
