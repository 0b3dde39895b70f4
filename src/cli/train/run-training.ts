import type { Command } from 'commander';
import type { PretrainConfig } from '../../../pretrain/config/pretrain-config.js';
import { train } from '../../../pretrain/train.js';
import { LammError } from '../../errors.js';
import type { Communicator } from '../../parallel/communicator.js';
import { parseQuantity } from '../../settings/quantity.js';
import { runOnRanks, shareOfThreads } from '../input/ranks.js';
import { collectValues } from '../input/shared-options.js';
import { exitCode } from '../output/report-error.js';
import { createStopSignal } from '../output/stop-signal.js';
import { finishTraining } from './finish-training.js';
import { followTraining } from './training-progress.js';

/** Options of every command that trains. */
export interface TrainingCommandOptions {
  readonly set: readonly string[];
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly timeLimit?: string;
  readonly mpi?: string;
  readonly json?: boolean;
}

/** What is to be trained. */
export interface TrainingTask {
  readonly config: PretrainConfig;
  /** Folder that relative paths of the configuration start from. */
  readonly directory: string;
  /** Folder for the model, checkpoints and metrics. */
  readonly out: string;
}

/** Adds `--set`, `--resume`, `--force`, `--time-limit`, `--mpi` and `--json`. */
export function addTrainingOptions(command: Command): Command {
  return command
    .option('--set <key=value>', 'replace one setting, such as training.epochs=10', collectValues, [])
    .option('--resume', 'carry on from the newest checkpoint, if there is one')
    .option('--force', 'begin again in a folder that holds a training')
    .option('--time-limit <duration>', 'stop after this time, such as "55 min", with a checkpoint')
    .option(
      '--mpi <library>',
      'library of MPI to join the processes with that were started together, or off (default: what fits their launcher)',
    )
    .option('--json', 'print one JSON object on stdout');
}

/** Trains on this process, or on all that were started with it, each of which reads the task. */
export async function runTraining(
  options: TrainingCommandOptions,
  readTask: () => Promise<TrainingTask> | TrainingTask,
): Promise<void> {
  await runOnRanks(options, async (communicator) =>
    trainOn({ communicator, threads: await shareOfThreads(communicator) }, await readTask(), options),
  );
}

interface OwnRank {
  readonly communicator: Communicator;
  readonly threads: number;
}

/** Trains on one of the ranks; the first of them speaks and writes. */
async function trainOn(
  { communicator, threads }: OwnRank,
  { config, directory, out }: TrainingTask,
  options: TrainingCommandOptions,
): Promise<void> {
  const isFirst = communicator.rank === 0;
  using stop = await createStop(options.timeLimit, !isFirst);
  const run = train(config, {
    ...{ out, directory, communicator, threads },
    existing: options.resume ? 'resume' : options.force ? 'replace' : 'refuse',
    shouldStop: stop.poll,
    isUrgent: stop.interrupted,
  });
  const trained = await followTraining(run, { isFirst, onStart: stop.begin });
  if (isFirst) await finishTraining(trained, { config, out, json: options.json });
  if (trained.isUrgent) process.exitCode = exitCode.interrupted;
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
