import type { Calculator } from '../../../calculators/calculator.js';
import type { RelaxedState, RelaxFailure } from '../../../md/relax/checkpoint.js';
import type { Input } from '../input/load-inputs.js';

/** What a relaxation of several structures came to. */
export interface RelaxReport {
  readonly inputs: readonly Input[];
  /** Of the first inputs; the others were not begun. */
  readonly outcomes: readonly (RelaxedState | RelaxFailure)[];
  readonly interrupted: boolean;
  readonly calculator: Calculator;
  readonly out: string;
  readonly trajectory?: string;
  readonly seconds: number;
  readonly json?: boolean;
}

/** Prints it and sets the exit code. */
export async function reportRelax(report: RelaxReport & { checkpoint: string }): Promise<void> {
  const { print, printJson, remark } = await import('../output/output.js');
  const { json, out, trajectory, seconds, interrupted } = report;
  const summaries = report.outcomes.map((outcome, index) => summaryOf(report.inputs[index], outcome));
  const converged = summaries.every((summary) => summary.converged);
  const steps = summaries.reduce((sum, summary) => sum + (summary.steps ?? 0), 0);
  for (const { file, frame, error } of summaries) {
    if (error !== undefined) remark(`error: ${file}, frame ${frame}: ${error.message}`);
  }
  if (json) {
    const first = summaries.length === 1 ? summaries[0] : {};
    printJson({ ...first, converged, steps, out, ...(trajectory && { trajectory }), seconds, results: summaries });
  } else {
    print(await formatReport(summaries, { ...report, steps }));
  }
  if (interrupted) remark(`interrupted; go on with --resume, from ${report.checkpoint}`);
  await setExitCode(summaries, interrupted);
}

interface Summary {
  readonly file: string;
  readonly frame: number;
  readonly converged: boolean;
  readonly steps?: number;
  /** In eV. */
  readonly energy?: number;
  /** In eV/A. */
  readonly fmax?: number;
  readonly error?: RelaxFailure['failure'];
}

function summaryOf({ file, frame }: Input, outcome: RelaxedState | RelaxFailure): Summary {
  if ('failure' in outcome) return { file, frame, converged: false, error: outcome.failure };
  const { converged, step, energy, fmax } = outcome;
  return { file, frame, converged, steps: step, energy, fmax };
}

async function formatReport(
  summaries: readonly Summary[],
  { calculator, out, trajectory, seconds, steps }: RelaxReport & { steps: number },
): Promise<string> {
  const { formatTable } = await import('../output/output.js');
  const rows = summaries.map(({ file, frame, converged, steps: count, energy, fmax, error }) => [
    file,
    String(frame),
    error ? 'FAILED' : converged ? 'yes' : 'NO',
    String(count ?? '-'),
    energy?.toFixed(6) ?? '-',
    fmax?.toFixed(6) ?? '-',
  ]);
  const speed = steps > 0 ? `, ${(steps / seconds).toFixed(1)} steps/s` : '';
  const conservative = calculator.capabilities.conservative ? '' : '; its forces are not the derivative of its energy';
  return [
    formatTable([['file', 'frame', 'converged', 'steps', 'energy (eV)', 'fmax (eV/A)'], ...rows]),
    `${steps} steps with ${calculator.name} in ${seconds.toFixed(2)} s${speed}${conservative}`,
    `written to ${out}${trajectory ? `, every step to ${trajectory}` : ''}`,
  ].join('\n');
}

async function setExitCode(summaries: readonly Summary[], interrupted: boolean): Promise<void> {
  const { exitCode } = await import('../output/report-error.js');
  if (interrupted) process.exitCode = exitCode.interrupted;
  else if (summaries.some(({ error }) => error)) process.exitCode = exitCode.unstable;
  else if (summaries.some(({ converged }) => !converged)) process.exitCode = exitCode.notConverged;
}
