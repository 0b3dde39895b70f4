import type { Command } from 'commander';
import type { TrainEvent } from '../../../pretrain/train.js';
import { LammError } from '../../errors.js';
import type { Communicator } from '../../parallel/communicator.js';
import { parseQuantity } from '../../settings/quantity.js';
import { runFinetuneTask, runPretrainTask, type TrainContext, type TrainOutcome } from '../../tasks/train/run.js';
import { finetuneTask, pretrainTask } from '../../tasks/train/schema.js';
import { runOnRanks, shareOfThreads } from '../input/ranks.js';
import { givenSettings, optionNames } from '../input/setting-options.js';
import { exitCode } from '../output/report-error.js';
import { createStopSignal } from '../output/stop-signal.js';
import type { ProcessOptions } from './process-options.js';
import { reportTraining } from './report-training.js';
import { followTraining } from './training-progress.js';

type RunTask = (context: TrainContext) => AsyncGenerator<TrainEvent, TrainOutcome, void>;

/** Runs `lamm pretrain`. */
export async function pretrain(options: ProcessOptions, command: Command): Promise<void> {
  const given = await givenSettings(command, pretrainTask);
  await trainOnRanks((context) => runPretrainTask(given, context), options, command);
}

/** Runs `lamm finetune`. */
export async function finetune(options: ProcessOptions, command: Command): Promise<void> {
  const given = await givenSettings(command, finetuneTask);
  await trainOnRanks((context) => runFinetuneTask(given, context), options, command);
}

/** Trains on this process, or on all that were started with it, each of which runs the task. */
async function trainOnRanks(run: RunTask, options: ProcessOptions, command: Command): Promise<void> {
  const { mpi, json } = options;
  await runOnRanks({ mpi, json, names: optionNames(command) }, (communicator) => trainOn(communicator, run, options));
}

/** Trains on one of the ranks; the first of them speaks. */
async function trainOn(communicator: Communicator, run: RunTask, options: ProcessOptions): Promise<void> {
  const { timeLimit, json } = options;
  const isFirst = communicator.rank === 0;
  const threads = options.threads ?? (await shareOfThreads(communicator));
  using stop = await createStop(timeLimit, !isFirst);
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
async function createStop(timeLimit: string | undefined, quiet: boolean): Promise<Stop> {
  const limitMs = timeLimit === undefined ? Number.POSITIVE_INFINITY : await parseTimeLimit(timeLimit);
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

/** A duration in ms; a bare number would mean femtoseconds and is refused with anything else below a millisecond. */
async function parseTimeLimit(text: string): Promise<number> {
  const limitMs = (await parseQuantity(text, 'time', '--time-limit')) * 1e-12;
  if (limitMs >= 1) return limitMs;
  throw new LammError('usage', `--time-limit: expected a duration such as "55 min" or "2 hours", found "${text}"`);
}
