import { countOf } from '../../count-of.js';
import { calculatorWithHeads, headsOf, zerosRemarks } from '../../report/heads.js';
import { shortPaths } from '../../report/short-paths.js';
import type { RelaxedInputs } from '../../tasks/relax/run.js';
import { isFailed } from '../../tasks/relax/summary.js';
import { trustRemarks } from '../output/expected-errors.js';
import { describeInputs, exitCodeOfFailures, failureAsJson, remarkFailures } from '../output/failures.js';
import { print, printJson, remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';
import { formatSummaries } from './relax-table.js';

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
    formatSummaries(short, withCell),
    `${countOf(steps, 'step')} with ${calculatorWithHeads(calculator.name, headsOf(summaries))} in ${seconds.toFixed(2)} s${speed}${conservative}`,
    `${written}${trajectory ? `, every step to ${trajectory}` : ''}`,
  ].join('\n');
}

function setExitCode({ summaries, interrupted, skippedCount }: RelaxedInputs): void {
  const ofFailures = exitCodeOfFailures(summaries.filter(isFailed));
  if (interrupted) process.exitCode = exitCode.interrupted;
  else if (ofFailures !== undefined) process.exitCode = ofFailures;
  else if (summaries.some(({ converged }) => !converged)) process.exitCode = exitCode.notConverged;
  else if (skippedCount > 0) process.exitCode = exitCode.badInput;
}
