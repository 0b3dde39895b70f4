import { type Clock, clocksOf, errorsOf, runningMean } from '../../../pretrain/assess/learning-curves.js';
import type { Metrics, NamedErrors, TrainingRecord, ValidationRecord } from '../../../pretrain/assess/metrics-file.js';
import { lossKeys, lossTerms } from '../../../pretrain/dataset/labels/terms.js';
import { linePlot, type PlotSeries } from '../../report/line-plot.js';
import type { PlotView } from '../../report/page.js';

/** A training with the name that it has in a report. */
export interface NamedRun {
  readonly name: string;
  readonly metrics: Metrics;
}

/** Errors that are drawn, with what turns them into the unit of the label. */
export const errorKinds = [
  { key: 'energyMaeMeVPerAtom', label: 'energy MAE', short: 'E MAE', unit: 'meV/atom', factor: 1 },
  { key: 'forceMaeMeVPerA', label: 'force MAE', short: 'F MAE', unit: 'meV/A', factor: 1 },
  { key: 'stressMaeGPa', label: 'stress MAE', short: 'S MAE', unit: 'GPa', factor: 1 },
  { key: 'noiseMaeA', label: 'noise MAE', short: 'noise MAE', unit: 'mA', factor: 1000 },
] as const;

type ErrorKind = (typeof errorKinds)[number];

/** What runs along the horizontal axis. */
interface Abscissa {
  readonly name: string;
  readonly label: string;
  readonly log: boolean;
  /** `before`: steps of the trainings that are named before it. */
  readonly clockOf: (metrics: Metrics, before: number) => Clock | undefined;
  /** Whether it says something of several trainings only. */
  readonly ofSeveral?: boolean;
}

const abscissae: readonly Abscissa[] = [
  { name: 'against steps', label: 'step', log: false, clockOf: (metrics) => clocksOf(metrics).steps },
  { name: 'against steps, logarithmic', label: 'step', log: true, clockOf: (metrics) => clocksOf(metrics).steps },
  { name: 'against epochs', label: 'epoch', log: false, clockOf: (metrics) => clocksOf(metrics).epochs },
  { name: 'against hours', label: 'training time (h)', log: false, clockOf: (metrics) => clocksOf(metrics).hours },
  {
    name: 'one after another',
    label: 'step, of trainings one after another',
    log: false,
    clockOf: (_, before) => (step) => before + step,
    ofSeveral: true,
  },
];

interface ClockedRun extends NamedRun {
  readonly clock: Clock;
  /** Number of its colour. */
  readonly style: number;
}

/** Learning curves of trainings over each other, once for each way to count how far they were. */
export function trainingViews(runs: readonly NamedRun[]): PlotView[] {
  const lengths = runs.map(({ metrics }) => lastStep(metrics));
  const before = runs.map((_, index) => lengths.slice(0, index).reduce((sum, steps) => sum + steps, 0));
  return abscissae.flatMap((abscissa) => {
    if (abscissa.ofSeveral && runs.length === 1) return [];
    const clocked = runs.flatMap((run, style): ClockedRun[] => {
      const clock = abscissa.clockOf(run.metrics, before[style]);
      return clock === undefined ? [] : [{ ...run, clock, style }];
    });
    if (clocked.length === 0) return [];
    const draw = createDraw(abscissa);
    return [
      {
        name: abscissa.name,
        plots: [
          ...lossPlots(clocked, draw),
          ...errorPlots(clocked, draw),
          ...termPlots(clocked, draw),
          ...pacePlots(clocked, draw),
        ],
      },
    ];
  });
}

/** Step of the last record of a training. */
export function lastStep({ training, validation }: Metrics): number {
  return Math.max(training.at(-1)?.step ?? 0, validation.at(-1)?.step ?? 0);
}

type Draw = (
  series: readonly PlotSeries[],
  labels: { title: string; yLabel: string; log?: boolean; include?: number },
) => string[];

/** Draws what has at least one point. */
function createDraw({ label, log: logX }: Abscissa): Draw {
  return (series, { title, yLabel, log = false, include }) => {
    const filled = series.filter(({ y }) => Array.from(y).some(Number.isFinite));
    if (filled.length === 0) return [];
    const scales = { xScale: logX ? 'log' : 'linear', yScale: log ? 'log' : 'linear' } as const;
    return [linePlot(filled, { title, xLabel: label, yLabel, include, ...scales })];
  };
}

function lossPlots(runs: readonly ClockedRun[], draw: Draw): string[] {
  const validation = runs.map((run) => ({
    ...overValidation(run, ({ loss }) => loss),
    name: runs.length === 1 ? 'validation' : run.name,
    style: runs.length === 1 ? 1 : run.style,
  }));
  const training = smoothed(runs, ({ loss }) => loss).map((one) =>
    runs.length === 1 ? { ...one, name: 'training' } : one,
  );
  const log = true;
  return [
    ...(runs.length === 1
      ? draw([...training, ...validation], { title: 'Loss', yLabel: 'loss', log })
      : [
          ...draw(training, { title: 'Training loss', yLabel: 'loss', log }),
          ...draw(validation, { title: 'Validation loss', yLabel: 'loss', log }),
        ]),
  ];
}

/** What the training loss is made of. */
function termPlots(runs: readonly ClockedRun[], draw: Draw): string[] {
  return lossTerms
    .filter((term) => runs.some(({ metrics }) => metrics.training.some((record) => record[lossKeys[term]] > 0)))
    .flatMap((term) =>
      draw(
        smoothed(runs, (record) => record[lossKeys[term]]),
        { title: `Training: ${term} loss`, yLabel: `normalised ${term} error`, log: true },
      ),
    );
}

/** The errors of one training by subset in one picture each; of several trainings a picture for each subset. */
function errorPlots(runs: readonly ClockedRun[], draw: Draw): string[] {
  const names = shortNames(runs.flatMap(({ metrics }) => subsetsOf(metrics)));
  return errorKinds.flatMap((kind) => {
    const yLabel = `${kind.label} (${kind.unit})`;
    const options = (title: string) => ({ title: `Validation: ${title}`, yLabel, log: true });
    const total = runs.map((run) => errorSeries(run, kind, ({ total }) => total));
    if (names.size < 2) return draw(total, options(kind.label));
    if (runs.length > 1) {
      const each = [...names].flatMap(([subset, name]) =>
        draw(
          runs.map((run) => errorSeries(run, kind, errorsOf(subset))),
          options(`${kind.label}, ${name}`),
        ),
      );
      return [...draw(total, options(`${kind.label}, all`)), ...each];
    }
    const [run] = runs;
    const each = [...names].map(([subset, name], style) => ({
      ...errorSeries(run, kind, errorsOf(subset)),
      name,
      style,
    }));
    return draw(each, options(`${kind.label} by subset`));
  });
}

function pacePlots(runs: readonly ClockedRun[], draw: Draw): string[] {
  const shares = runs.flatMap((run) => timeShares(run, runs.length > 1));
  return [
    ...draw(
      smoothed(runs, ({ gradientNorm }) => gradientNorm),
      { title: 'Gradient norm', yLabel: 'norm before clipping', log: true },
    ),
    ...draw(
      runs.map((run) => overTraining(run, ({ learningRate }) => learningRate)),
      { title: 'Learning rate', yLabel: 'learning rate', include: 0 },
    ),
    ...draw(
      smoothed(runs, ({ atoms, seconds }) => atoms / seconds),
      { title: 'Pace', yLabel: 'atoms/s', include: 0 },
    ),
    ...draw(shares, { title: 'Share of time', yLabel: '% of the time of a step', include: 0 }),
  ];
}

/** Percentages of the measured parts of a step. */
function timeShares(run: ClockedRun, named: boolean): PlotSeries[] {
  const parts = [...new Set(run.metrics.training.flatMap((record) => Object.keys(record.parts)))];
  return parts.map((part, index) => {
    const [mean] = smoothed([run], (record) => (100 * (record.parts[part] ?? Number.NaN)) / record.seconds).slice(-1);
    return {
      ...mean,
      name: named ? `${run.name}: ${part}` : part,
      style: named ? parts.length * run.style + index : index,
    };
  });
}

const maxRawPoints = 60;

/** What was logged, pale, and its running mean; only what was logged where that is little. */
function smoothed(runs: readonly ClockedRun[], valueOf: (record: TrainingRecord) => number): PlotSeries[] {
  return runs.flatMap((run) => {
    const raw = overTraining(run, valueOf);
    if (raw.y.length <= maxRawPoints) return [raw];
    return [
      { ...raw, faint: true },
      { ...raw, y: runningMean(Array.from(raw.y), Math.round(raw.y.length / 30)) },
    ];
  });
}

function overTraining(
  { name, style, clock, metrics }: ClockedRun,
  valueOf: (record: TrainingRecord) => number,
): PlotSeries {
  const { training } = metrics;
  return { name, style, x: training.map(({ step }) => clock(step)), y: training.map(valueOf) };
}

function overValidation(
  { name, style, clock, metrics }: ClockedRun,
  valueOf: (record: ValidationRecord) => number,
): PlotSeries {
  const { validation } = metrics;
  return {
    name,
    style,
    marked: validation.length < 40,
    x: validation.map(({ step }) => clock(step)),
    y: validation.map(valueOf),
  };
}

function errorSeries(
  run: ClockedRun,
  { key, factor }: ErrorKind,
  select: (record: ValidationRecord) => NamedErrors,
): PlotSeries {
  return overValidation(run, (record) => factor * (select(record)[key] ?? Number.NaN));
}

/** Names of the validated subsets. */
export function subsetsOf({ validation }: Metrics): string[] {
  return [...new Set(validation.flatMap(({ subsets }) => Object.keys(subsets)))];
}

/** Short names of subsets: of `subset: file`, the first part where that is enough. */
export function shortNames(names: readonly string[]): Map<string, string> {
  const distinct = [...new Set(names)];
  const short = distinct.map((name) => /^(.+?): /.exec(name)?.[1] ?? name);
  const isAlone = (name: string) => short.indexOf(name) === short.lastIndexOf(name);
  return new Map(distinct.map((name, index) => [name, isAlone(short[index]) ? short[index] : name]));
}
