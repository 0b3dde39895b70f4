import { dirname, join, resolve } from 'node:path';
import { compareSubsets, compareVariants, type VariantRuns } from '../../../pretrain/assess/compare.js';
import { type CompareConfig, parseCompareConfig } from '../../../pretrain/config/compare-config.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { readText } from '../../io/bytes/read-file.js';
import { lockFolder } from '../../journal/folder-lock.js';
import { checkSettings } from '../../settings/check-settings.js';
import type { TaskBegins, TaskContext } from '../context.js';
import { readRuns } from '../train/runs.js';
import { type Comparison, drawCurves, formatComparison } from './page.js';
import { type CompareTaskSettings, compareTask } from './schema.js';

/** A training that a comparison needs. */
export interface TrainingJob {
  /** Configuration file. */
  readonly config: string;
  /** Its settings that are replaced, as `key=value`. */
  readonly settings: readonly string[];
  readonly folder: string;
  readonly ranks: number;
  /** What starts several processes, with its arguments. */
  readonly launcher: readonly string[];
}

export interface CompareContext extends TaskContext {
  /**
   * Trains to the end, carrying on what was begun, and does nothing where that is done; false when it was interrupted.
   *
   * @throws {LammError} when it fails.
   */
  readonly train: (job: TrainingJob) => Promise<boolean>;
}

/** `done` of the trainings are done, and this is the one that begins or has just ended. */
export interface CompareStepped {
  readonly kind: 'step';
  readonly done: number;
  readonly training: string;
}

export interface CompareOutcome {
  readonly comparison: Comparison;
  /** Folder that it was written into. */
  readonly out: string;
}

/**
 * Trains with different settings and several seeds each, and says which are better and how surely; undefined when that
 * was interrupted.  What has been trained already is not trained again.
 *
 * @throws {LammError} for settings that do not fit; `locked` while another comparison works in the folder; what
 *   trainings throw.
 */
export async function* runCompareTask(
  given: CompareTaskSettings,
  context: CompareContext,
): AsyncGenerator<TaskBegins | CompareStepped, CompareOutcome | undefined, void> {
  const { config: file, launcher, ...settings } = checkSettings(compareTask, given);
  const config = parseCompareConfig(await readText(file), { file });
  const directory = dirname(resolve(file));
  const out = settings.out === undefined ? resolve(directory, config.out) : resolve(settings.out);
  await using _lock = await lockFolder(out, 'comparison.json', { tell: context.tell });
  const variants = yield* trainVariants(config, { directory, out, launcher }, context);
  if (variants === undefined) return undefined;
  const { measure, subset, seeds } = config;
  const results = { variants: compareVariants(variants, config), subsets: compareSubsets(variants) };
  const comparison = { measure, ...(subset !== undefined && { subset }), seeds, ...results };
  const picture = drawCurves(variants, config);
  await writeFileAtomic(join(out, 'comparison.json'), `${JSON.stringify(comparison, null, 2)}\n`);
  await writeFileAtomic(join(out, 'comparison.txt'), `${formatComparison(comparison)}\n`);
  if (picture !== undefined) await writeFileAtomic(join(out, 'comparison.svg'), picture);
  return { comparison, out };
}

interface Place {
  /** Folder of the comparison's file. */
  readonly directory: string;
  readonly out: string;
  readonly launcher: string;
}

/** Trains what has not been trained; undefined when that was interrupted. */
async function* trainVariants(
  config: CompareConfig,
  place: Place,
  { train, shouldStop }: CompareContext,
): AsyncGenerator<TaskBegins | CompareStepped, VariantRuns[] | undefined, void> {
  const names = Object.keys(config.variants);
  const folderOf = (name: string, seed: number) => join(place.out, `${name}-seed-${seed}`);
  let done = 0;
  yield { kind: 'begin', total: names.length * config.seeds.length, done };
  // Seed by seed, so that an early end leaves whole comparisons.
  for (const seed of config.seeds) {
    for (const name of names) {
      const training = `${name}, seed ${seed}`;
      yield { kind: 'step', done, training };
      const isDone = await train(jobOf(config, { ...place, name, seed, folder: folderOf(name, seed) }));
      if (!isDone || (await shouldStop?.())) return undefined;
      yield { kind: 'step', done: ++done, training };
    }
  }
  return Promise.all(
    names.map(async (name) => {
      const runs = await readRuns(config.seeds.map((seed) => folderOf(name, seed)));
      return { name, runs: runs.map(({ metrics }) => metrics) };
    }),
  );
}

function jobOf(
  { base, variants, ranks }: CompareConfig,
  { directory, launcher, name, seed, folder }: Place & { name: string; seed: number; folder: string },
): TrainingJob {
  return {
    config: `${directory}/${base}`,
    settings: [...variants[name], `training.seed=${seed}`],
    folder,
    ranks,
    launcher: [...launcher.split(/\s+/), '-n', `${ranks}`],
  };
}
