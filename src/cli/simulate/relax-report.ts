import { countOf } from '../../count-of.js';
import { formatFixed } from '../../report/format-number.js';
import { calculatorWithHeads, headsOf, zerosRemarks } from '../../report/heads.js';
import { shortPaths } from '../../report/short-paths.js';
import type { CellChange } from '../../tasks/relax/cell-change.js';
import type { RelaxedInputs } from '../../tasks/relax/run.js';
import { isFailed, type RelaxedInput } from '../../tasks/relax/summary.js';
import { expectedErrorHeadings, expectedErrors, trustRemarks } from '../output/expected-errors.js';
import { describeInputs, exitCodeOfFailures, failureAsJson, remarkFailures } from '../output/failures.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';

/** Prints what came of relaxations and sets the exit code. */
export function reportRelax(relaxed: RelaxedInputs, { json }: { readonly json?: boolean }): void {
  const { summaries, notBegun, out, trajectory, seconds, interrupted, checkpoint } = relaxed;
  const converged = !interrupted && summaries.every((summary) => summary.converged);
  const steps = summaries.reduce((sum, summary) => sum + (summary.steps ?? 0), 0);
  const failed = summaries.filter(isFailed);
  remarkFailures(failed);
  if (json) {
    const results = summaries.map(failureAsJson);
    const first = results.length === 1 ? results[0] : {};
    const written = { ...(failed.length < summaries.length && { out }), ...(trajectory && { trajectory }) };
    printJson({
      ...first,
      converged,
      steps,
      ...written,
      seconds,
      results,
      ...(notBegun.length > 0 && { notBegun }),
    });
  } else {
    print(formatReport(relaxed, steps));
  }
  for (const text of zerosRemarks(headsOf(summaries))) remark(text);
  for (const text of trustRemarks(summaries.map(({ uncertainty }) => uncertainty))) remark(text);
  const inputCount = summaries.length + notBegun.length;
  if (notBegun.length > 0) remark(`not begun: ${notBegun.length} of ${inputCount} (${describeInputs(notBegun)})`);
  if (interrupted) remark(`interrupted; go on with --resume, from ${checkpoint}`);
  setExitCode(relaxed);
}

function formatReport(
  { summaries, calculator, out, trajectory, seconds, withCell }: RelaxedInputs,
  steps: number,
): string {
  const names = shortPaths([...new Set(summaries.map(({ file }) => file))]);
  const short = summaries.map((summary) => ({ ...summary, file: names.get(summary.file) ?? summary.file }));
  const speed = steps > 0 ? `, ${(steps / seconds).toFixed(1)} steps/s` : '';
  const conservative = calculator.conservative ? '' : '; its forces are not the derivative of its energy';
  const written = summaries.every(isFailed) ? 'nothing is written' : `written to ${out}`;
  return [
    fitTable(summaryTable(short, withCell), withFrames(short) ? 2 : 1),
    ...(withCell ? [fitTable(cellTable(short), withFrames(short) ? 2 : 1)] : []),
    `${countOf(steps, 'step')} with ${calculatorWithHeads(calculator.name, headsOf(summaries))} in ${seconds.toFixed(2)} s${speed}${conservative}`,
    `${written}${trajectory ? `, every step to ${trajectory}` : ''}`,
  ].join('\n');
}

/** Whether files are not enough to name rows. */
function withFrames(summaries: readonly RelaxedInput[]): boolean {
  return summaries.some(({ frame }) => frame !== 1);
}

function nameCells({ file, frame }: RelaxedInput, areFramesNamed: boolean): string[] {
  return areFramesNamed ? [file, String(frame)] : [file];
}

function summaryTable(summaries: readonly RelaxedInput[], withCell: boolean): string[][] {
  const areFramesNamed = withFrames(summaries);
  const withPressure = summaries.some(({ pressureGPa }) => pressureGPa !== undefined);
  const withHead = new Set(summaries.map((summary) => summary.head)).size > 1;
  const withErrors = summaries.some(({ uncertainty }) => uncertainty !== undefined);
  const head = [...(areFramesNamed ? ['file', 'frame'] : ['file']), 'converged', 'steps', 'energy (eV)', 'fmax (eV/A)'];
  const rows = summaries.map((summary) => [
    ...nameCells(summary, areFramesNamed),
    summary.error ? 'FAILED' : summary.converged ? 'yes' : 'NO',
    String(summary.steps ?? '-'),
    summary.energy?.toFixed(6) ?? '-',
    summary.fmax?.toFixed(6) ?? '-',
    ...(withPressure ? [formatGPa(summary.pressureGPa)] : []),
    ...(withCell ? [formatGPa(summary.stressLeftGPa), ...volumeCells(summary)] : []),
    ...(withErrors ? expectedErrors(summary.uncertainty) : []),
    ...(withHead ? [summary.head ?? '-'] : []),
  ]);
  const ofCell = withCell ? ['stress left (GPa)', 'volume (A^3)', 'change'] : [];
  const ofErrors = withErrors ? expectedErrorHeadings : [];
  const optional = [...(withPressure ? ['pressure (GPa)'] : []), ...ofCell, ...ofErrors, ...(withHead ? ['head'] : [])];
  return [[...head, ...optional], ...rows];
}

function formatGPa(value: number | undefined): string {
  return value === undefined ? '-' : formatFixed(value, 3);
}

function volumeCells({ volume, volumeChangePercent = 0 }: RelaxedInput): string[] {
  if (volume === undefined) return ['-', '-'];
  const change = formatFixed(volumeChangePercent, 2);
  return [volume.toFixed(4), `${change.startsWith('-') ? '' : '+'}${change} %`];
}

const cellChangeHead = ['a (A)', 'b (A)', 'c (A)', 'alpha', 'beta', 'gamma'] as const;

function cellTable(summaries: readonly RelaxedInput[]): string[][] {
  const areFramesNamed = withFrames(summaries);
  const rows = summaries.flatMap((summary) =>
    summary.cell ? [[...nameCells(summary, areFramesNamed), ...cellChangeRow(summary.cell)]] : [],
  );
  return [['cell of', ...(areFramesNamed ? ['frame'] : []), ...cellChangeHead], ...rows];
}

/** Cells of a table: lengths and angles, those that changed as `before -> after`. */
function cellChangeRow({ before, after }: Pick<CellChange, 'before' | 'after'>): string[] {
  return [
    ...before.lengths.map((length, i) => change(length, after.lengths[i], 4)),
    ...before.angles.map((angle, i) => change(angle, after.angles[i], 2)),
  ];
}

function change(before: number, after: number, digits: number): string {
  const [first, last] = [before.toFixed(digits), after.toFixed(digits)];
  return first === last ? first : `${first} -> ${last}`;
}

function setExitCode({ summaries, interrupted, skippedCount }: RelaxedInputs): void {
  const ofFailures = exitCodeOfFailures(summaries.filter(isFailed));
  if (interrupted) process.exitCode = exitCode.interrupted;
  else if (ofFailures !== undefined) process.exitCode = ofFailures;
  else if (summaries.some(({ converged }) => !converged)) process.exitCode = exitCode.notConverged;
  else if (skippedCount > 0) process.exitCode = exitCode.badInput;
}
