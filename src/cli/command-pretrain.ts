import type { Command } from 'commander';
import type { PretrainConfig } from '../../pretrain/config.js';
import type { PreparedData } from '../../pretrain/dataset/prepare-data.js';
import type { PretrainEvent, PretrainResult, PretrainSetup } from '../../pretrain/pretrain.js';
import type { PreparedTraining } from '../../pretrain/setup.js';
import type { ValidationResult } from '../../pretrain/validate.js';
import type { ErrorRow } from './format-errors.js';

interface PretrainCommandOptions {
  readonly config: string;
  readonly out?: string;
  readonly set: readonly string[];
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly timeLimit?: string;
  readonly json?: boolean;
}

export function registerPretrain(program: Command): void {
  program
    .command('pretrain')
    .description('train a model from scratch')
    .requiredOption('--config <file>', 'YAML file with the model, the data and the training')
    .option('-o, --out <folder>', 'folder for the model, checkpoints and metrics, instead of the one in the file')
    .option('--set <key=value>', 'replace one setting of the file, such as training.epochs=10', collect, [])
    .option('--resume', 'carry on from the newest checkpoint, if there is one')
    .option('--force', 'begin again in a folder that holds a training')
    .option('--time-limit <duration>', 'stop after this time, such as "55 min", with a checkpoint')
    .option('--json', 'print one JSON object on stdout')
    .action(runPretrain);
}

async function runPretrain(options: PretrainCommandOptions): Promise<void> {
  const [{ dirname, resolve }, { prepareData }, { prepareTraining }, { remark }, { formatDataSummary }] =
    await Promise.all([
      import('node:path'),
      import('../../pretrain/dataset/prepare-data.js'),
      import('../../pretrain/setup.js'),
      import('./output.js'),
      import('./format-data-summary.js'),
    ]);
  const config = await readConfig(options);
  const directory = dirname(resolve(options.config));
  const out = options.out === undefined ? resolve(directory, config.out) : resolve(options.out);
  const data = await prepareData(config.data, { directory, energyReduction: config.training.energyReduction });
  remark(formatDataSummary(data));
  await assertSound(data, config);
  using stop = await createStop(options.timeLimit);
  const existing = options.resume ? 'resume' : options.force ? 'replace' : 'refuse';
  await using training = await prepareTraining(config, data, { out, existing, shouldStop: stop.poll });
  for (const notice of training.notices) remark(notice);
  describeStart(training.setup, remark);
  const result = await follow(training.setup);
  const hurry = !result.completed && stop.interrupted();
  if (result.progress.step === 0) remark('stopped before the first step: there is nothing to save');
  else await finish({ config, options, out, data, training, result, hurry });
  if (hurry) process.exitCode = (await import('./report-error.js')).exitCode.interrupted;
}

async function readConfig({ config, set }: PretrainCommandOptions): Promise<PretrainConfig> {
  const [{ readFile }, { LammError }, { parsePretrainConfig }] = await Promise.all([
    import('node:fs/promises'),
    import('../errors.js'),
    import('../../pretrain/config.js'),
  ]);
  const text = await readFile(config, 'utf8').catch((cause: unknown) => {
    throw new LammError('file-not-found', '--config: expected a YAML file that can be read', { file: config, cause });
  });
  return parsePretrainConfig(text, { file: config, overrides: set });
}

/** Refuses data that `lamm data check` refuses. */
async function assertSound(data: PreparedData, { data: { maximumResidual } }: PretrainConfig): Promise<void> {
  const [{ LammError }, { checkPrepared }, { remark }] = await Promise.all([
    import('../errors.js'),
    import('../../pretrain/dataset/check-prepared.js'),
    import('./output.js'),
  ]);
  const { problems, remarks } = await checkPrepared(data, { maximumResidual });
  for (const text of remarks) remark(`note: ${text}`);
  if (problems.length > 0) throw new LammError('format', `nothing is trained on these data: ${problems.join('; ')}`);
}

interface Stop extends Disposable {
  poll(): Promise<boolean>;
  interrupted(): boolean;
}

/** Stops on Ctrl-C and when the time is up. */
async function createStop(timeLimit: string | undefined): Promise<Stop> {
  const { createStopSignal } = await import('./stop-signal.js');
  const limitMs = timeLimit === undefined ? Number.POSITIVE_INFINITY : await parseTimeLimit(timeLimit);
  const signal = createStopSignal();
  return {
    poll: async () => (await signal.poll()) || performance.now() > limitMs, // counted from the start of the process
    interrupted: () => signal.requested,
    [Symbol.dispose]: () => signal[Symbol.dispose](),
  };
}

/** A duration in ms; a bare number would mean femtoseconds and is refused with anything else below a millisecond. */
async function parseTimeLimit(text: string): Promise<number> {
  const [{ LammError }, { parseQuantity }] = await Promise.all([import('../errors.js'), import('./quantity.js')]);
  const limitMs = (await parseQuantity(text, 'time', '--time-limit')) * 1e-12;
  if (limitMs >= 1) return limitMs;
  throw new LammError('usage', `--time-limit: expected a duration such as "55 min" or "2 hours", found "${text}"`);
}

function describeStart({ training, validation, trainStep, state }: PretrainSetup, say: (text: string) => void): void {
  const edges = training.sizes.reduce((sum, { edgeCount }) => sum + edgeCount, 0);
  const atoms = training.sizes.reduce((sum, { atomCount }) => sum + atomCount, 0);
  const kept =
    training.keptCount < training.samples.length ? `, graphs of ${training.keptCount} structures kept in memory` : '';
  say(
    `${training.samples.length} structures to train on (${atoms} atoms, ${(edges / Math.max(1, atoms)).toFixed(1)} neighbours an atom${kept}), ` +
      `${validation.samples.length} to validate; ${trainStep.layout.size} parameters`,
  );
  if (state.progress.step > 0) say(`carrying on after step ${state.progress.step}, epoch ${state.progress.epoch + 1}`);
}

/** Runs the training to its end and shows how it goes. */
async function follow(setup: PretrainSetup): Promise<PretrainResult> {
  const [{ countSteps, pretrain }, { createProgress }, { remark }] = await Promise.all([
    import('../../pretrain/pretrain.js'),
    import('./progress.js'),
    import('./output.js'),
  ]);
  const begin = setup.state.progress;
  using progress = createProgress({
    label: 'pretrain',
    total: countSteps(setup),
    done: begin.step,
  });
  const run = pretrain(setup);
  let turn = await run.next();
  while (!turn.done) {
    const event = turn.value;
    if (event.kind === 'step') progress.update(event.progress.step, describeStep(event, begin));
    if (event.kind === 'validation') remark(`${process.stderr.isTTY ? '\n' : ''}${describeValidation(event)}`);
    turn = await run.next();
  }
  return turn.value;
}

function describeStep(
  { progress, losses }: PretrainEvent & { kind: 'step' },
  begin: PretrainSetup['state']['progress'],
): string {
  const seconds = progress.seconds - begin.seconds;
  const rate = (done: number, before: number) => ((done - before) / seconds).toFixed(0);
  const structures = rate(progress.structures, begin.structures);
  return `epoch ${progress.epoch + 1}, loss ${losses.loss.toPrecision(3)}, ${structures} structures/s, ${rate(progress.atoms, begin.atoms)} atoms/s`;
}

function describeValidation({ progress, result, improved }: PretrainEvent & { kind: 'validation' }): string {
  const { energy, forces, noise } = result.total;
  const parts = [
    energy && `energy MAE ${(1000 * energy.mae).toFixed(2)} meV/atom`,
    forces && `force MAE ${(1000 * forces.mae).toFixed(1)} meV/A`,
    noise && `noise MAE ${(1000 * noise.mae).toFixed(1)} mA`,
    `loss ${result.loss.toPrecision(4)}${improved ? ', the best so far' : ''}`,
  ];
  return `step ${progress.step}, validation: ${parts.filter((part) => part !== undefined).join(', ')}`;
}

interface Finish {
  readonly config: PretrainConfig;
  readonly options: PretrainCommandOptions;
  readonly out: string;
  readonly data: PreparedData;
  readonly training: PreparedTraining;
  readonly result: PretrainResult;
  /** Whether to end without testing the model. */
  readonly hurry: boolean;
}

/** Tests the best parameters, writes the model and reports. */
async function finish({ config, options, out, data, training, result, hurry }: Finish): Promise<void> {
  const [{ join }, { exportModel }, { errorRecord }, { formatErrors }, { printJson }] = await Promise.all([
    import('node:path'),
    import('../../pretrain/export-model.js'),
    import('../../pretrain/error-sums.js'),
    import('./format-errors.js'),
    import('./output.js'),
  ]);
  const tested = hurry ? [] : await testParameters(training, result.parameters);
  const errors = Object.fromEntries(tested.map(({ name, total }) => [name, errorRecord(total)]));
  const model = join(out, 'model.safetensors');
  const table = tested.length === 0 ? undefined : formatErrors(tested.flatMap(errorRows));
  const trainingData = data.files.filter(({ role }) => role === 'train').map(({ name }) => name);
  const card = { ...config.card, trainingData, notes: table?.split('\n') ?? [] };
  await exportModel(model, { config: training.model, parameters: result.parameters, data, card });
  const { step: steps, epoch: epochs, seconds, best } = result.progress;
  if (options.json) printJson({ completed: result.completed, steps, epochs, seconds, best, errors, model, out });
  else await report(result, { table, model, out });
}

type Tested = ValidationResult & { readonly name: string };

async function testParameters({ setup, test }: PreparedTraining, parameters: Float32Array): Promise<Tested[]> {
  const { validate } = await import('../../pretrain/validate.js');
  const { trainStep, normalizers, options } = setup;
  const tested: Tested[] = [];
  for (const [name, store] of [
    ['validation', setup.validation],
    ['test', test],
  ] as const) {
    if (store.samples.length === 0) continue;
    tested.push({
      name,
      ...(await validate(store, parameters, { ...options, trainStep, normalizers, budget: options.batch })),
    });
  }
  return tested;
}

/** Rows of the table of errors: all of a set, then each of its files. */
function errorRows({ name, total, files }: Tested): ErrorRow[] {
  return [{ name, errors: total }, ...Object.entries(files).map(([file, errors]) => ({ name: `  ${file}`, errors }))];
}

async function report(
  result: PretrainResult,
  { table, ...paths }: { readonly table: string | undefined; readonly model: string; readonly out: string },
): Promise<void> {
  const [{ print, remark }, { formatSeconds }] = await Promise.all([import('./output.js'), import('./progress.js')]);
  if (table !== undefined) print(table);
  const { step, epoch, seconds, structures, atoms } = result.progress;
  const state = result.completed ? 'done' : `stopped before step ${result.totalSteps}, carry on with --resume`;
  const speed = `${(structures / seconds).toFixed(0)} structures/s, ${(atoms / seconds).toFixed(0)} atoms/s`;
  remark(`${state}: ${step} steps, ${epoch} epochs in ${formatSeconds(seconds)} (${speed})`);
  remark(`model: ${paths.model}; metrics and checkpoints: ${paths.out}`);
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
