import { type BestErrors, bestErrors, clocksOf } from '../../../pretrain/assess/learning-curves.js';
import type { Report } from '../../report/page.js';
import { errorKinds, lastStep, type NamedRun, shortNames, subsetsOf, trainingViews } from './plots.js';

/** A report with the learning curves, the pace and the best validation errors of trainings. */
export function trainingReport(title: string, runs: readonly NamedRun[]): Report {
  const compared = runs.length > 1;
  return {
    title,
    remarks: runs.flatMap(({ name, metrics }) => metrics.remarks.map((text) => (compared ? `${name}: ${text}` : text))),
    table: summaryTable(runs),
    plots: [],
    sections: [
      { heading: 'Learning curves', views: trainingViews(runs) },
      ...(runs.some(({ metrics }) => metrics.validation.length > 0)
        ? [{ heading: 'Best validation errors', remarks: bestRemarks(runs), table: bestTable(runs) }]
        : []),
      ...(runs.some(({ metrics }) => metrics.results.length > 0)
        ? [{ heading: 'Errors of the model', remarks: [resultRemark], table: resultTable(runs) }]
        : []),
    ],
  };
}

const bestRemark =
  'The smallest error of each column with the step of its validation; the model is that of the smallest loss.';

const resultRemark =
  'Of the parameters that were kept, measured at the end; of the training, a part of its structures where they are many.';

/** What the numbers of the best errors are. */
function bestRemarks(runs: readonly NamedRun[]): string[] {
  const beginTrained = runs.some(({ metrics }) => metrics.validation.some(({ step }) => step === 0));
  return [bestRemark, ...(beginTrained ? ['Step 0 is the model that a training began with.'] : [])];
}

/** How far each training is, and how fast. */
export function summaryTable(runs: readonly NamedRun[]): string[][] {
  const head = [
    'training',
    'steps',
    'epochs',
    'hours',
    'structures',
    'atoms',
    'atoms/s',
    'training loss',
    'best validation loss',
  ];
  return [head, ...runs.map((run) => [run.name, ...Object.values(summaryCells(run))])];
}

function summaryCells(run: NamedRun) {
  const { steps, epochs, hours, structures, atoms, atomsPerSecond, trainingLoss, best } = summaryOf(run);
  return {
    steps: steps.toLocaleString('en'),
    epochs: epochs === undefined ? 'below 1' : epochs.toFixed(2),
    hours: hours.toPrecision(3),
    structures: structures.toLocaleString('en'),
    atoms: atoms.toLocaleString('en'),
    atomsPerSecond: atomsPerSecond.toFixed(0),
    trainingLoss: trainingLoss?.toPrecision(4) ?? '-',
    best: best === undefined ? '-' : `${best.value.toPrecision(4)} at step ${best.step.toLocaleString('en')}`,
  };
}

/** How far a training is, and how fast. */
export function summaryOf({ metrics }: NamedRun) {
  const { training, validation } = metrics;
  const steps = lastStep(metrics);
  const total = (key: 'structures' | 'atoms' | 'seconds') => training.reduce((sum, record) => sum + record[key], 0);
  const { epochs } = clocksOf(metrics);
  return {
    steps,
    ...(epochs && { epochs: epochs(steps) }),
    hours: total('seconds') / 3600,
    structures: total('structures'),
    atoms: total('atoms'),
    atomsPerSecond: total('seconds') > 0 ? total('atoms') / total('seconds') : 0,
    ...(training.length > 0 && { trainingLoss: training[training.length - 1].loss }),
    ...(validation.length > 0 && { best: bestErrors(validation)[0].errors.loss }),
  };
}

/** Rows of the best errors by subset, and by training where there are several. */
export function bestTable(runs: readonly NamedRun[]): string[][] {
  const best = runs.map(({ name, metrics }) => ({ name, rows: bestErrors(metrics.validation) }));
  const isThere = ({ key }: { readonly key: string }) =>
    best.some(({ rows }) => rows.some(({ errors }) => key in errors));
  const kinds = errorKinds.filter(isThere);
  const names = shortNames(runs.flatMap(({ metrics }) => subsetsOf(metrics)));
  const subsets = [undefined, ...(names.size > 1 ? names.keys() : [])];
  const head = [
    'validated on',
    ...(runs.length > 1 ? ['training'] : []),
    ...kinds.flatMap(({ label, unit }) => [`${label} (${unit})`, 'step']),
  ];
  const rows = subsets.flatMap((subset) =>
    best.flatMap(({ name, rows }) => {
      const errors = rows.find((row) => row.subset === subset)?.errors;
      if (errors === undefined) return [];
      const place = subset === undefined ? 'all' : (names.get(subset) ?? subset);
      return [[place, ...(runs.length > 1 ? [name] : []), ...kinds.flatMap((kind) => cells(errors, kind))]];
    }),
  );
  return [head, ...rows];
}

/** Rows of the errors of the models that trainings left, by set, and by training where there are several. */
export function resultTable(runs: readonly NamedRun[]): string[][] {
  const results = runs.flatMap(({ name, metrics }) => metrics.results.map((result) => ({ name, ...result })));
  const columns = errorKinds
    .filter(({ key }) => results.some(({ total }) => key in total))
    .flatMap(({ key, short, unit, factor }) => [
      { key, factor, head: `${short} (${unit})` },
      { key: key.replace('Mae', 'Rmse'), factor, head: 'RMSE' },
    ]);
  const several = runs.length > 1;
  return [
    ['measured on', ...(several ? ['training'] : []), 'structures', 'step', ...columns.map(({ head }) => head)],
    ...results.map(({ name, set, measured, count, parametersOfStep, total }) => [
      set,
      ...(several ? [name] : []),
      measured < count
        ? `${measured.toLocaleString('en')} of ${count.toLocaleString('en')}`
        : count.toLocaleString('en'),
      parametersOfStep.toLocaleString('en'),
      ...columns.map(({ key, factor }) => (key in total ? (factor * total[key]).toPrecision(4) : '-')),
    ]),
  ];
}

function cells(errors: BestErrors['errors'], { key, factor }: (typeof errorKinds)[number]): [string, string] {
  const best = errors[key];
  return best === undefined ? ['-', ''] : [(factor * best.value).toPrecision(4), best.step.toLocaleString('en')];
}
