import type { z } from 'zod';
import { loadSamples } from '../../../pretrain/dataset/load/load-samples.js';
import type { Sample } from '../../../pretrain/dataset/sample/sample.js';
import { type EmbeddedSample, embedSamples } from '../../../pretrain/embedding/embed-samples.js';
import { analyzeEmbedding, type EmbeddingAnalysis } from '../../../pretrain/embedding/embedding-analysis.js';
import { listElements } from '../../elements.js';
import { LammError } from '../../errors.js';
import { modelFile } from '../../models/embedded-models.js';
import { createEmbedder } from '../../models/embedding.js';
import { loadModel } from '../../models/load-model.js';
import { headElements, type Model } from '../../models/model.js';
import { createRandom, shuffle } from '../../random.js';
import { shortPaths } from '../../report/short-paths.js';
import { checkSettings } from '../../settings/check-settings.js';
import type { TaskBegins, TaskContext } from '../context.js';
import { InputNotices } from '../structures/input-notices.js';
import { resolveOutputPath } from '../structures/output-path.js';
import { writerOf } from './features-file.js';
import { type EmbedTaskSettings, embedTask } from './schema.js';

/** So many structures are done. */
export interface EmbedStepped {
  readonly kind: 'step';
  readonly done: number;
}

export interface EmbedOutcome {
  readonly analysis: EmbeddingAnalysis;
  /** Name of the model. */
  readonly model: string;
  readonly structureCount: number;
  /** What was written. */
  readonly out: string;
}

/**
 * Maps the structures of files, and their elements, by the features that a model gives them: each file is a data set,
 * in one file each `config_type` is.  The maps go to `out`.
 *
 * @throws {LammError} for settings that do not fit, a file that is taken, and elements that the model has no row for.
 */
export async function* runEmbedTask(
  files: readonly string[],
  given: EmbedTaskSettings,
  { tell }: TaskContext = {},
): AsyncGenerator<TaskBegins | EmbedStepped, EmbedOutcome, void> {
  const settings = checkSettings(embedTask, given);
  const { method, neighbors, seed, threads, force } = settings;
  const out = resolveOutputPath({ input: files[0], out: settings.out, suffix: '-embed.html', force });
  const write = writerOf(out);
  const model = loadModel(modelFile(settings.model));
  const samples = await loadFrames(files, settings, tell);
  assertKnown(model, samples);
  for (const text of untrainedElements(model, samples)) tell?.(text);
  yield { kind: 'begin', total: samples.length, done: 0, canStop: false };
  const embedded = yield* embedAll(model, samples, threads);
  const analysis = analyzeEmbedding(embedded, model, { method, neighbors, seed, kindOf: kindsFor(files, samples) });
  await write(analysis, model);
  return { analysis, model: model.card.name, structureCount: samples.length, out };
}

/** The frames of all files, of each at most the limit. */
async function loadFrames(
  files: readonly string[],
  { limit, seed, occupancy }: Pick<z.output<typeof embedTask>, 'limit' | 'seed' | 'occupancy'>,
  tell: TaskContext['tell'],
): Promise<Sample[]> {
  const random = createRandom(seed);
  const samples: Sample[] = [];
  const told = new InputNotices(files);
  for (const path of files) {
    const { samples: all, notices } = await loadSamples({ path, name: path, labels: 'none' }, { occupancy });
    for (const text of notices) told.of(path)(text);
    const chosen = shuffle(Uint32Array.from(all.keys()), random).slice(0, limit).sort();
    for (const index of chosen) samples.push(all[index]);
  }
  if (tell) told.tell(tell);
  return samples;
}

async function* embedAll(
  model: Model,
  samples: readonly Sample[],
  threads: number | undefined,
): AsyncGenerator<EmbedStepped, EmbeddedSample[], void> {
  await using embedder = createEmbedder(model, { threads });
  const run = embedSamples(embedder, samples);
  let next = await run.next();
  for (; !next.done; next = await run.next()) yield { kind: 'step', done: next.value };
  return next.value;
}

/** @throws {LammError} `unsupported-element` for those that the model has no row for. */
function assertKnown({ config }: Model, samples: readonly Sample[]): void {
  const absent = [...elementsOf(samples)].filter((number) => number > config.elementCount);
  if (absent.length === 0) return;
  const message = `expected elements up to number ${config.elementCount}, found ${listElements(absent)}; leave those frames out`;
  throw new LammError('unsupported-element', message);
}

/** Elements of which no head was trained on energies. */
function untrainedElements({ heads }: Model, samples: readonly Sample[]): string[] {
  const known = new Set(heads.flatMap((head) => [...headElements(head)]));
  const unlabelled = [...elementsOf(samples)].filter((number) => !known.has(number));
  if (unlabelled.length === 0) return [];
  return [
    `no head of the model has energies of ${listElements(unlabelled)}: unless it saw them without labels, their features are those of an untrained model`,
  ];
}

function elementsOf(samples: readonly Sample[]): Set<number> {
  return new Set(samples.flatMap(({ structure }) => [...new Set(structure.numbers)]));
}

/** The data set of a sample: its file, or in one file its `config_type`. */
function kindsFor(files: readonly string[], samples: readonly Sample[]): (embedded: EmbeddedSample) => string {
  const names = shortPaths([...new Set(files)]);
  const groups = new Set(samples.map(({ origin }) => origin.group));
  if (names.size === 1 && groups.size > 1) return ({ sample }) => sample.origin.group ?? '(no group)';
  return ({ sample }) => names.get(sample.origin.file) ?? sample.origin.file;
}
