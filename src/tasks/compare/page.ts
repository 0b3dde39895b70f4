import {
  curveOf,
  isPace,
  type SubsetRow,
  type VariantResult,
  type VariantRuns,
} from '../../../pretrain/assess/compare.js';
import type { CompareConfig } from '../../../pretrain/config/compare-config.js';
import { fitTable } from '../../report/fit-table.js';
import { linePlot } from '../../report/line-plot.js';
import { type Estimate, estimateMean } from '../../statistics/confidence.js';

/** What trainings with different settings came to. */
export interface Comparison extends Pick<CompareConfig, 'measure' | 'subset' | 'seeds'> {
  readonly variants: readonly VariantResult[];
  readonly subsets: readonly SubsetRow[];
}

/** Results of all variants, and of the subsets of their validation, as tables for lines of so many characters. */
export function formatComparison(comparison: Comparison, width?: number): string {
  return [formatResults(comparison, width), ...formatSubsets(comparison, width)].join('\n\n');
}

function formatResults({ variants: results, measure, subset, seeds }: Comparison, width?: number): string {
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
    fitTable([withSteps ? [...head, 'sooner by', '95 %', 'reached'] : head, ...rows], 1, width),
  ].join('\n');
}

function formatSubsets({ variants, subsets }: Comparison, width?: number): string[] {
  if (subsets.length === 0) return [];
  const head = ['subset', 'smallest', ...variants.flatMap(({ name }) => [name, '95 %'])];
  const rows = subsets.map(({ subset, measure, estimates }) => [subset, measure, ...estimates.flatMap(formatEstimate)]);
  return [fitTable([head, ...rows], 2, width)];
}

function formatEstimate({ mean, halfWidth }: Estimate): [string, string] {
  return [mean.toPrecision(4), Number.isFinite(halfWidth) ? `+- ${halfWidth.toPrecision(2)}` : '-'];
}

/** Mean curve of each variant with its 95 % band; nothing for paces. */
export function drawCurves(variants: readonly VariantRuns[], config: CompareConfig): string | undefined {
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
