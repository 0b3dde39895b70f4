import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import {
  compareSubsets,
  compareVariants,
  curveOf,
  isPace,
  type SubsetRow,
  type VariantResult,
  type VariantRuns,
} from '../../../pretrain/assess/compare.js';
import { type CompareConfig, parseCompareConfig } from '../../../pretrain/config/compare-config.js';
import { type Estimate, estimateMean } from '../../confidence.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { readText } from '../../io/bytes/read-file.js';
import { lockFolder } from '../../journal/folder-lock.js';
import { linePlot } from '../../report/line-plot.js';
import { readRuns } from '../../tasks/train/runs.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';
import { createProgress } from '../output/progress.js';
import { exitCode } from '../output/report-error.js';
import { createStopSignal } from '../output/stop-signal.js';
import { isDone, runJob, type TrainingJob } from './training-job.js';

interface Options {
  readonly config: string;
  readonly out?: string;
  readonly launcher?: string;
  readonly json?: boolean;
}

/** `lamm compare`: the same training with different settings, several times each. */
export function registerCompare(command: Command): void {
  command
    .requiredOption('--config <file>', 'YAML file with the base configuration, the variants, the seeds and the measure')
    .option('-o, --out <folder>', 'folder for the trainings and the result, instead of the one in the file')
    .addOption(
      new Option('--launcher <command>', 'what starts the processes of trainings with several ranks').default(
        'mpirun',
        'mpirun -n RANKS',
      ),
    )
    .option('--json', 'print one JSON object on stdout')
    .action(compare);
}

async function compare(options: Options): Promise<void> {
  const config = await readConfig(options.config);
  const directory = dirname(resolve(options.config));
  const out = options.out === undefined ? resolve(directory, config.out) : resolve(options.out);
  await using _lock = await lockFolder(out, 'comparison.json', { tell: remark });
  const variants = await trainVariants(config, { directory, out, launcher: options.launcher ?? 'mpirun' });
  if (variants === undefined) {
    remark('interrupted; the same command goes on');
    process.exitCode = exitCode.interrupted;
    return;
  }
  const results = compareVariants(variants, config);
  const picture = drawCurves(variants, config);
  const { measure, subset, seeds } = config;
  const subsets = compareSubsets(variants);
  const record = { measure, ...(subset !== undefined && { subset }), seeds, variants: results, subsets };
  const table = [formatResults(results, config), ...formatSubsets(subsets, results)].join('\n\n');
  await writeFileAtomic(join(out, 'comparison.json'), `${JSON.stringify(record, null, 2)}\n`);
  await writeFileAtomic(join(out, 'comparison.txt'), `${table}\n`);
  if (picture !== undefined) await writeFileAtomic(join(out, 'comparison.svg'), picture);
  if (options.json) printJson({ ...record, out });
  else print(`${table}\nwritten to ${out}`);
}

async function readConfig(file: string): Promise<CompareConfig> {
  return parseCompareConfig(await readText(file), { file });
}

interface Place {
  /** Folder of the comparison's file. */
  readonly directory: string;
  readonly out: string;
  readonly launcher: string;
}

/** Runs what has not been run; undefined when it was interrupted. */
async function trainVariants(config: CompareConfig, place: Place): Promise<VariantRuns[] | undefined> {
  const names = Object.keys(config.variants);
  const folderOf = (name: string, seed: number) => join(place.out, `${name}-seed-${seed}`);
  using progress = createProgress({ label: 'compare', total: names.length * config.seeds.length });
  using stop = createStopSignal();
  let done = 0;
  // Seed by seed, so that an early end leaves whole comparisons.
  for (const seed of config.seeds) {
    for (const name of names) {
      const job = jobOf(config, { ...place, name, seed, folder: folderOf(name, seed) });
      progress.update(done, `${name}, seed ${seed}`);
      if (!(await isDone(job)) && (!(await runJob(job)) || (await stop.poll()))) return undefined;
      progress.update(++done, `${name}, seed ${seed}`);
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

function formatResults(results: readonly VariantResult[], config: CompareConfig): string {
  const { measure, subset, seeds } = config;
  const withSteps = results.some(({ speedUp }) => speedUp !== undefined);
  const [baseline] = results;
  const head = ['variant', 'mean', '95 %', 'better by', '95 %'];
  const rows = results.map(({ name, estimate, gain, speedUp }) => [
    name,
    ...formatEstimate(estimate),
    ...formatEstimate(gain),
    ...(withSteps
      ? [...(speedUp ? formatEstimate(speedUp.ratio) : ['-', '-']), `${speedUp?.reached ?? 0} of ${seeds.length}`]
      : []),
  ]);
  return [
    `${measure}${subset === undefined ? '' : ` of ${subset}`}, seeds ${seeds.join(', ')}; compared with ${baseline.name} of the same seed`,
    fitTable([withSteps ? [...head, 'sooner by', '95 %', 'reached'] : head, ...rows], 1),
  ].join('\n');
}

function formatSubsets(rows: readonly SubsetRow[], results: readonly VariantResult[]): string[] {
  if (rows.length === 0) return [];
  const head = ['subset', 'smallest', ...results.flatMap(({ name }) => [name, '95 %'])];
  return [
    fitTable(
      [head, ...rows.map(({ subset, measure, estimates }) => [subset, measure, ...estimates.flatMap(formatEstimate)])],
      2,
    ),
  ];
}

function formatEstimate({ mean, halfWidth }: Estimate): [string, string] {
  return [mean.toPrecision(4), Number.isFinite(halfWidth) ? `+- ${halfWidth.toPrecision(2)}` : '-'];
}

/** Mean curve of each variant with its 95 % band; nothing for paces. */
function drawCurves(variants: readonly VariantRuns[], config: CompareConfig): string | undefined {
  const { measure, subset } = config;
  if (isPace(measure)) return undefined;
  const series = variants.map(({ name, runs }) => {
    const curves = runs.map((run) => curveOf(run, config));
    const count = Math.min(...curves.map(({ steps }) => steps.length));
    const estimates = Array.from({ length: count }, (_, point) =>
      estimateMean(curves.map(({ values }) => values[point])),
    );
    return {
      name,
      x: curves[0].steps.slice(0, count),
      y: estimates.map(({ mean }) => mean),
      errors: estimates.map(({ halfWidth }) => (Number.isFinite(halfWidth) ? halfWidth : Number.NaN)),
    };
  });
  const title = `${measure}${subset === undefined ? '' : ` of ${subset}`}: mean of ${config.seeds.length} seeds, 95 %`;
  return linePlot(series, { title, xLabel: 'step', yLabel: measure, xScale: 'linear', yScale: 'log' });
}
