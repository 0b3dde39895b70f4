import { resolve } from 'node:path';
import { countOf } from '../src/count-of.js';
import { LammError } from '../src/errors.js';
import { modelFile } from '../src/models/embedded-models.js';
import type { ModelConfig } from '../src/models/kinds.js';
import { loadModel } from '../src/models/load-model.js';
import type { ModelCard } from '../src/models/model.js';
import type { HeadUncertainty } from '../src/models/uncertainty.js';
import { anyRank } from '../src/parallel/any-rank.js';
import { type Communicator, singleProcess } from '../src/parallel/communicator.js';
import { calibrateHeads } from './assess/calibrate.js';
import { type ValidationResult, validate, validationRecord } from './assess/validate.js';
import { lockRunFolder } from './checkpoint/checkpoint-files.js';
import { copyHeads } from './checkpoint/copy-heads.js';
import { describeModel, exportModel } from './checkpoint/export-model.js';
import { type ModelOfFile, meanModel } from './checkpoint/mean-model.js';
import type { StartingModel } from './checkpoint/start-from-model.js';
import { keepReferences } from './config/keep-references.js';
import type { PretrainConfig } from './config/pretrain-config.js';
import { describeApart, describeTeachers } from './dataset/describe-data.js';
import { openData } from './dataset/open-data.js';
import type { PreparedData } from './dataset/prepare-data.js';
import { checkPrepared } from './dataset/prepared/check-prepared.js';
import { countSteps, type PretrainEvent, type PretrainResult, type PretrainSetup, pretrain } from './pretrain.js';
import { findCheckpoint, measuredSets, type PreparedTraining, prepareTraining } from './setup.js';
import type { Progress } from './step/training-state.js';

export interface TrainOptions {
  /** Folder for checkpoints and metrics. */
  readonly out: string;
  /** Folder that relative paths of the configuration start from; the present one when absent. */
  readonly directory?: string;
  /**
   * What to do with a training that is in `out` already: an error, carry on from its newest checkpoint, or remove it;
   * `refuse` when absent.
   */
  readonly existing?: 'refuse' | 'resume' | 'replace';
  /** Asked after every step whether to stop there, with a checkpoint. */
  readonly shouldStop?: () => Promise<boolean>;
  /** Asked of a training that was stopped: whether there is no time to validate it and to measure its errors. */
  readonly isUrgent?: () => boolean;
  /** The ranks that train together; this process alone when absent. */
  readonly communicator?: Communicator;
  /** Threads of the engine where the configuration leaves the choice. */
  readonly threads?: number;
}

/** What a training reports on its way. */
export type TrainEvent =
  | { readonly kind: 'data'; readonly data: PreparedData }
  /** `data` are peculiar, or something of the training is other than one might think. */
  | { readonly kind: 'notice'; readonly about: 'data' | 'training'; readonly text: string }
  | { readonly kind: 'start'; readonly setup: PretrainSetup }
  | PretrainEvent;

/** Errors of the trained parameters on one of the sets. */
export interface TestedSet extends ValidationResult {
  readonly name: 'train' | 'validation' | 'test';
  /** How many structures were measured, and how many there are. */
  readonly measured: number;
  readonly count: number;
}

/** A model as a training leaves it. */
export interface TrainedModel extends PretrainResult {
  readonly config: ModelConfig;
  readonly data: PreparedData;
  /** What it began as. */
  readonly from?: StartingModel;
  /** Whether stress was among the labels that were learned. */
  readonly learnsStress: boolean;
  /** How many structures the parameters were chosen by. */
  readonly validationCount: number;
  /** Of the sets that there are; of parts of them after a hurried stop, and always of the training. */
  readonly tested: readonly TestedSet[];
  /** Whether the training was stopped in a hurry. */
  readonly isUrgent: boolean;
  /**
   * What the heads know of their errors, by name; absent where there was no time for it, and on all ranks but the
   * first.
   */
  readonly uncertainties?: ReadonlyMap<string, HeadUncertainty>;
}

/**
 * Trains a model as a configuration says, from the files to the errors of the result: reads and checks the data, starts
 * from another model if there is one, trains, and measures the best parameters.  All ranks call it together; the folder
 * is this training's from the first step to the last.
 *
 * @throws {LammError} `locked` while another process trains in the folder; `format` for data that `lamm data check`
 *   refuses; `file-exists`, `checkpoint` or `unsupported-element` as `prepareTraining`.
 */
export async function* train(config: PretrainConfig, options: TrainOptions): AsyncGenerator<TrainEvent, TrainedModel> {
  const { directory = '', communicator = singleProcess(), existing = 'refuse', isUrgent = () => false } = options;
  const told: string[] = [];
  const tell = (text: string) => told.push(text);
  await using _lock = communicator.rank === 0 ? await lockRunFolder(options.out, tell) : undefined; // before the data are read: that may take long
  for (const text of told) yield { kind: 'notice', about: 'training', text };
  findCheckpoint(options.out, existing);
  const model = config.from && readStartingModel(config.from, directory);
  const wanted = model?.heads === 'keep' ? keepReferences(config.data, model.model.heads) : config.data;
  const opened = await openData(wanted, { directory, energyReduction: config.training.energyReduction });
  yield { kind: 'data', data: opened };
  const { problems, remarks } = await checkPrepared(opened);
  for (const text of remarks) yield { kind: 'notice', about: 'data', text };
  if (problems.length > 0) throw new LammError('format', `nothing is trained on these data: ${problems.join('; ')}`);
  const { from, data, notices } = await fitToModel(config, opened, model);
  for (const text of notices) yield { kind: 'notice', about: 'training', text };
  await using training = await prepareTraining(config, data, { ...options, existing, communicator, from });
  const { setup } = training;
  for (const text of training.notices) yield { kind: 'notice', about: 'training', text };
  for (const text of describeApart(
    data,
    config.data.subsets.map(({ validationShare }) => validationShare),
  ))
    yield { kind: 'notice', about: 'training', text };
  const nothingLeft = describeNothingLeft(setup);
  if (nothingLeft !== undefined) yield { kind: 'notice', about: 'training', text: nothingLeft };
  yield { kind: 'start', setup };
  const result = yield* pretrain(setup);
  const urgent = await anyRank(communicator, !result.completed && isUrgent());
  const measure = { data, parameters: result.parameters, most: urgent ? hurriedCount : Number.POSITIVE_INFINITY };
  const tested = result.progress.step === 0 && !result.completed ? [] : await testParameters(training, measure);
  await logTested(setup, result, tested);
  const validationCount = setup.validation.samples.length;
  const learnsStress = setup.weights.stress > 0;
  const how = { from, learnsStress, validationCount, tested, isUrgent: urgent };
  const trained = { ...result, config: training.model, data, ...how };
  if (tested.length === 0 || urgent || communicator.rank > 0) return trained;
  const { threads, engine, device } = config.training;
  const described = describeModel({ ...trained, card: { ...config.card, trainingData: [], notes: [] } });
  return { ...trained, uncertainties: await calibrateHeads(described, data, { threads, engine, device }) };
}

/**
 * Writes a trained model as a file; its card names the data and how its parameters came about before the notes that are
 * given.
 */
export async function saveModel(
  path: string,
  trained: TrainedModel,
  card: Omit<ModelCard, 'trainingData'>,
): Promise<void> {
  const trainingData = trained.data.files.filter(({ role }) => role === 'train').map(({ name }) => name);
  const notes = [...describeOrigin(trained), ...card.notes];
  await exportModel(path, { ...trained, card: { ...card, trainingData, notes } });
}

function readStartingModel({ model, heads }: NonNullable<PretrainConfig['from']>, directory: string): StartingModel {
  const read = (name: string): ModelOfFile => {
    const file = resolve(directory, modelFile(name));
    return { model: loadModel(file), file };
  };
  if (typeof model === 'string') return { ...read(model), heads };
  const [first, ...others] = model;
  const models = [read(first), ...others.map(read)] as const;
  return { model: meanModel(models), file: models.map(({ file }) => file).join(', '), heads };
}

/** Says that no step is left of a training that goes on, if so. */
function describeNothingLeft(setup: PretrainSetup): string | undefined {
  const { step } = setup.state.progress;
  const total = countSteps(setup);
  if (step === 0 || step < total) return undefined;
  if (step === total)
    return `all ${countOf(total, 'step')} were done before: nothing is left to train; a greater \`length\` would go on`;
  return (
    `the checkpoint is of step ${step}, beyond the \`length\` of ${countOf(total, 'step')}: nothing is left to train, ` +
    `and the model is that of the checkpoint, not one of ${countOf(total, 'step')}`
  );
}

/** Heads that are to be copied are chosen by the data, and the data counted from their zero. */
async function fitToModel(
  { data: options, training: { energyReduction } }: PretrainConfig,
  data: PreparedData,
  from: StartingModel | undefined,
): Promise<{ from?: StartingModel; data: PreparedData; notices: readonly string[] }> {
  if (from?.heads !== 'copy') return { from, data, notices: [] };
  return copyHeads(from, data, { options, energyReduction });
}

/** Structures of each set that are measured after a stop in a hurry, and of the training in any case. */
const hurriedCount = 256;

async function testParameters(
  { setup, partOf }: PreparedTraining,
  { data, parameters, most }: { data: PreparedData; parameters: Float32Array; most: number },
): Promise<TestedSet[]> {
  const tested: TestedSet[] = [];
  const { options } = setup;
  for (const set of measuredSets) {
    const count = data[set].length;
    if (count === 0) continue;
    const store = partOf(
      set,
      set === 'training' ? Math.min(most, Math.max(hurriedCount, data.validation.length)) : most,
    );
    const errors = await validate(store, parameters, { ...options, ...setup, budget: options.batch });
    const name = set === 'training' ? 'train' : set;
    tested.push({ name, measured: store.samples.length, count, ...errors });
  }
  return tested;
}

/** Writes the errors of the parameters that are kept to the metrics, a line for each set. */
async function logTested(
  { folder }: PretrainSetup,
  { progress: { step, best } }: PretrainResult,
  tested: readonly TestedSet[],
): Promise<void> {
  for (const { name, measured, count, ...errors } of tested) {
    const of = { kind: 'result', step, parametersOfStep: best?.step ?? step, set: name, measured, count };
    await folder?.appendMetrics({ ...of, ...validationRecord(errors) });
  }
}

/** What the model began as, and how its parameters were chosen. */
function describeOrigin({ from, data, progress: { step, best }, validationCount }: TrainedModel): string[] {
  const copied = Array.from(from?.copies ?? [], ([name, { head }]) => `, its head ${name} from ${head}`);
  return [
    ...(from === undefined ? [] : [`started from ${from.model.card.name}${copied.join('')}`]),
    ...describeTeachers(data.subsets),
    describeChoice({ step, best, validationCount }),
  ];
}

function describeChoice({
  step,
  best,
  validationCount,
}: Pick<Progress, 'step' | 'best'> & Pick<TrainedModel, 'validationCount'>): string {
  if (step === 0) return 'parameters as they were at the beginning';
  if (best === null) return `parameters of the last of ${countOf(step, 'step')}`;
  const of = `on the ${countOf(validationCount, 'structure')} of the validation`;
  return best.step === 0
    ? `parameters as they were at the beginning: nothing in ${countOf(step, 'step')} had a smaller loss ${of}`
    : `parameters of step ${best.step} of ${step}, which had the smallest loss ${of}`;
}
