import type { Command } from 'commander';
import type { StartingModel } from '../../../pretrain/checkpoint/start-from-model.js';
import type { PretrainConfig } from '../../../pretrain/config/pretrain-config.js';
import type { PreparedData } from '../../../pretrain/dataset/prepare-data.js';
import type { Communicator } from '../../../pretrain/parallel/communicator.js';
import { collectValues } from '../input/shared-options.js';

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
  readTask: () => Promise<TrainingTask>,
): Promise<void> {
  const { runOnRanks, shareOfThreads } = await import('./ranks.js');
  await runOnRanks(options, async (communicator) =>
    train(await readTask(), options, { communicator, threads: await shareOfThreads(communicator) }),
  );
}

interface OwnRank {
  readonly communicator: Communicator;
  readonly threads: number;
}

/** Trains on one of the ranks; the first of them speaks and writes. */
async function train(
  { config, directory, out }: TrainingTask,
  options: TrainingCommandOptions,
  { communicator, threads }: OwnRank,
): Promise<void> {
  const [{ prepareTraining }, { remark }, progress, end] = await Promise.all([
    import('../../../pretrain/setup.js'),
    import('../output/output.js'),
    import('./training-progress.js'),
    import('./finish-training.js'),
  ]);
  const say = communicator.rank === 0 ? remark : () => undefined;
  const { from, data } = await openStart(config, directory, say);
  using stop = await createStop(options.timeLimit, communicator.rank > 0);
  const existing = options.resume ? 'resume' : options.force ? 'replace' : 'refuse';
  await using training = await prepareTraining(config, data, {
    ...{ out, existing, communicator, threads },
    shouldStop: stop.poll,
    from,
  });
  for (const notice of training.notices) say(notice);
  if (communicator.rank === 0) for (const line of progress.describeStart(training.setup)) say(line);
  const result = await progress.followTraining(training.setup);
  const hurry = await end.finishTraining({ config, data, training, from, result, out, json: options.json, stop });
  if (hurry) process.exitCode = (await import('../output/report-error.js')).exitCode.interrupted;
}

/** What the training begins with: its data, judged, and the model. */
async function openStart(
  config: PretrainConfig,
  directory: string,
  say: (text: string) => void,
): Promise<{ readonly data: PreparedData; readonly from?: StartingModel }> {
  const [{ keepReferences }, { openData }, { formatDataSummary }] = await Promise.all([
    import('../../../pretrain/config/keep-references.js'),
    import('../../../pretrain/dataset/open-data.js'),
    import('../data/format-data-summary.js'),
  ]);
  const { energyReduction } = config.training;
  const from = config.from && (await readStartingModel(config.from, directory));
  const options = from?.heads === 'keep' ? keepReferences(config.data, from.model.heads) : config.data;
  const data = await openData(options, { directory, energyReduction });
  say(formatDataSummary(data));
  await assertSound(data, say);
  if (from?.heads !== 'copy') return { data, from };
  say(`trying the heads of ${from.file} on the data`);
  const { copyHeads } = await import('../../../pretrain/checkpoint/copy-heads.js');
  const copied = await copyHeads(from, data, { options, energyReduction });
  for (const notice of copied.notices) say(notice);
  return copied;
}

async function readStartingModel(
  { model, heads }: NonNullable<PretrainConfig['from']>,
  directory: string,
): Promise<StartingModel> {
  const [{ resolve }, { loadModel }, { modelFile }] = await Promise.all([
    import('node:path'),
    import('../../models/load-model.js'),
    import('../../../calculators/lamm-s.js'),
  ]);
  const file = resolve(directory, modelFile(model));
  return { model: loadModel(file), file, heads };
}

/** Refuses data that `lamm data check` refuses. */
async function assertSound(data: PreparedData, say: (text: string) => void): Promise<void> {
  const [{ LammError }, { checkPrepared }] = await Promise.all([
    import('../../errors.js'),
    import('../../../pretrain/dataset/prepared/check-prepared.js'),
  ]);
  const { problems, remarks } = await checkPrepared(data);
  for (const text of remarks) say(`note: ${text}`);
  if (problems.length > 0) throw new LammError('format', `nothing is trained on these data: ${problems.join('; ')}`);
}

interface Stop extends Disposable {
  poll(): Promise<boolean>;
  interrupted(): boolean;
}

/** Stops on Ctrl-C and when the time is up. */
async function createStop(timeLimit: string | undefined, quiet: boolean): Promise<Stop> {
  const { createStopSignal } = await import('../output/stop-signal.js');
  const limitMs = timeLimit === undefined ? Number.POSITIVE_INFINITY : await parseTimeLimit(timeLimit);
  const signal = createStopSignal({ quiet });
  return {
    poll: async () => (await signal.poll()) || performance.now() > limitMs, // counted from the start of the process
    interrupted: () => signal.requested,
    [Symbol.dispose]: () => signal[Symbol.dispose](),
  };
}

/** A duration in ms; a bare number would mean femtoseconds and is refused with anything else below a millisecond. */
async function parseTimeLimit(text: string): Promise<number> {
  const [{ LammError }, { parseQuantity }] = await Promise.all([
    import('../../errors.js'),
    import('../input/quantity.js'),
  ]);
  const limitMs = (await parseQuantity(text, 'time', '--time-limit')) * 1e-12;
  if (limitMs >= 1) return limitMs;
  throw new LammError('usage', `--time-limit: expected a duration such as "55 min" or "2 hours", found "${text}"`);
}
