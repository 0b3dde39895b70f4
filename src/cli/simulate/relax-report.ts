import type { Calculator } from '../../../calculators/calculator.js';
import type { RelaxedState, RelaxFailure } from '../../../md/relax/checkpoint.js';
import type { RelaxOptions } from '../../../md/relax/settings.js';
import type { StartSymmetry } from '../../../md/relax/start-symmetry.js';
import { countOf } from '../../count-of.js';
import { formatFixed } from '../../report/format-number.js';
import { calculatorWithHeads, headsOf, zerosRemarks } from '../../report/heads.js';
import type { FailedInput } from '../../tasks/structures/failed-input.js';
import type { Input } from '../../tasks/structures/load-structure.js';
import { describeInputs, exitCodeOfFailures, remarkFailures } from '../output/failures.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';
import { shortPaths } from '../output/short-paths.js';
import { type CellChange, cellChangeHead, cellChangeRow, describeCellChange, pressureGPaOf } from './cell-change.js';

/** What a relaxation of several structures came to. */
export interface RelaxReport {
  readonly inputs: readonly Input[];
  /** Of the first inputs; the others were not begun. */
  readonly outcomes: readonly (RelaxedState | RelaxFailure)[];
  readonly interrupted: boolean;
  readonly relax: RelaxOptions;
  /** Of each input, where it is kept. */
  readonly symmetries?: readonly (StartSymmetry | undefined)[];
  readonly calculator: Calculator;
  readonly out: string;
  readonly trajectory?: string;
  readonly seconds: number;
  readonly json?: boolean;
}

/** Prints it and sets the exit code. */
export function reportRelax(report: RelaxReport & { checkpoint: string }): void {
  const { inputs, json, out, trajectory, seconds, interrupted, relax } = report;
  const summaries = report.outcomes.map((outcome, index) => {
    const symmetry = report.symmetries?.[index];
    return { ...summaryOf(report.inputs[index], outcome, relax), ...(symmetry && { symmetry }) };
  });
  const converged = !interrupted && summaries.every((summary) => summary.converged);
  const steps = summaries.reduce((sum, summary) => sum + (summary.steps ?? 0), 0);
  const notBegun = inputs.slice(summaries.length);
  const failed = summaries.filter(isFailed);
  remarkFailures(failed);
  if (json) {
    const first = summaries.length === 1 ? summaries[0] : {};
    const written = { ...(failed.length < summaries.length && { out }), ...(trajectory && { trajectory }) };
    const left = notBegun.length > 0 && { notBegun: notBegun.map(({ file, frame }) => ({ file, frame })) };
    printJson({ ...first, converged, steps, ...written, seconds, results: summaries, ...left });
  } else {
    print(formatReport(summaries, { ...report, steps }));
  }
  for (const text of zerosRemarks(headsOf(summaries))) remark(text);
  if (notBegun.length > 0) remark(`not begun: ${notBegun.length} of ${inputs.length} (${describeInputs(notBegun)})`);
  if (interrupted) remark(`interrupted; go on with --resume, from ${report.checkpoint}`);
  setExitCode(summaries, interrupted);
}

interface Summary extends Partial<CellSummary> {
  readonly file: string;
  readonly frame: number;
  readonly converged: boolean;
  readonly steps?: number;
  /** In eV. */
  readonly energy?: number;
  /** In eV/A. */
  readonly fmax?: number;
  readonly pressureGPa?: number;
  readonly head?: string;
  /** The symmetry that was kept. */
  readonly symmetry?: StartSymmetry;
  readonly error?: RelaxFailure['failure'];
}

/** Of a cell that was relaxed. */
interface CellSummary extends Omit<CellChange, 'before' | 'after'> {
  readonly cell: Pick<CellChange, 'before' | 'after'>;
}

function isFailed(summary: Summary): summary is Summary & FailedInput {
  return summary.error !== undefined;
}

function summaryOf(
  { file, frame, structure }: Input,
  outcome: RelaxedState | RelaxFailure,
  relax: RelaxOptions,
): Summary {
  if ('failure' in outcome) return { file, frame, converged: false, error: outcome.failure };
  const { converged, step, energy, fmax, cell: relaxedCell } = outcome;
  const { stress, head } = outcome.result;
  const summary = { file, frame, converged, steps: step, energy, fmax, ...(head !== undefined && { head }) };
  const pressure = stress && structure.pbc.every(Boolean) ? { pressureGPa: pressureGPaOf(stress) } : {};
  if (relax.cell === undefined) return { ...summary, ...pressure };
  const about = { cell: relaxedCell, stress, pressureGPa: relax.pressureGPa ?? 0 };
  const { before, after, ...change } = describeCellChange(structure, about);
  return { ...summary, ...pressure, ...change, cell: { before, after } };
}

function formatReport(
  summaries: readonly Summary[],
  { calculator, out, trajectory, seconds, steps, relax }: RelaxReport & { steps: number },
): string {
  const names = shortPaths([...new Set(summaries.map(({ file }) => file))]);
  const short = summaries.map((summary) => ({ ...summary, file: names.get(summary.file) ?? summary.file }));
  const speed = steps > 0 ? `, ${(steps / seconds).toFixed(1)} steps/s` : '';
  const conservative = calculator.capabilities.conservative ? '' : '; its forces are not the derivative of its energy';
  const written = summaries.every(isFailed) ? 'nothing is written' : `written to ${out}`;
  return [
    fitTable(summaryTable(short, relax.cell !== undefined), 2),
    ...(relax.cell === undefined ? [] : [fitTable(cellTable(short), 2)]),
    `${countOf(steps, 'step')} with ${calculatorWithHeads(calculator.name, headsOf(summaries))} in ${seconds.toFixed(2)} s${speed}${conservative}`,
    `${written}${trajectory ? `, every step to ${trajectory}` : ''}`,
  ].join('\n');
}

function summaryTable(summaries: readonly Summary[], withCell: boolean): string[][] {
  const withPressure = summaries.some(({ pressureGPa }) => pressureGPa !== undefined);
  const withHead = new Set(summaries.map((summary) => summary.head)).size > 1;
  const head = ['file', 'frame', 'converged', 'steps', 'energy (eV)', 'fmax (eV/A)'];
  const rows = summaries.map((summary) => [
    summary.file,
    String(summary.frame),
    summary.error ? 'FAILED' : summary.converged ? 'yes' : 'NO',
    String(summary.steps ?? '-'),
    summary.energy?.toFixed(6) ?? '-',
    summary.fmax?.toFixed(6) ?? '-',
    ...(withPressure ? [formatGPa(summary.pressureGPa)] : []),
    ...(withCell ? [formatGPa(summary.stressLeftGPa), ...volumeCells(summary)] : []),
    ...(withHead ? [summary.head ?? '-'] : []),
  ]);
  const ofCell = withCell ? ['stress left (GPa)', 'volume (A^3)', 'change'] : [];
  return [[...head, ...(withPressure ? ['pressure (GPa)'] : []), ...ofCell, ...(withHead ? ['head'] : [])], ...rows];
}

function formatGPa(value: number | undefined): string {
  return value === undefined ? '-' : formatFixed(value, 3);
}

function volumeCells({ volume, volumeChangePercent = 0 }: Summary): string[] {
  if (volume === undefined) return ['-', '-'];
  return [volume.toFixed(4), `${volumeChangePercent < 0 ? '' : '+'}${volumeChangePercent.toFixed(2)} %`];
}

function cellTable(summaries: readonly Summary[]): string[][] {
  const rows = summaries.flatMap(({ file, frame, cell }) =>
    cell ? [[file, String(frame), ...cellChangeRow(cell)]] : [],
  );
  return [['cell of', 'frame', ...cellChangeHead], ...rows];
}

function setExitCode(summaries: readonly Summary[], interrupted: boolean): void {
  const ofFailures = exitCodeOfFailures(summaries.filter(isFailed));
  if (interrupted) process.exitCode = exitCode.interrupted;
  else if (ofFailures !== undefined) process.exitCode = ofFailures;
  else if (summaries.some(({ converged }) => !converged)) process.exitCode = exitCode.notConverged;
}
