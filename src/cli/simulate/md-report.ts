import type { RecordSummary } from '../../../md/record/record.js';
import { countOf } from '../../count-of.js';
import { formatWithError } from '../../report/format-number.js';
import { summaryTable } from '../../tasks/analysis/analysis-text.js';
import { describeRun } from '../../tasks/md/page.js';
import type { MdOutcome } from '../../tasks/md/run.js';
import { describeStop, describeWatch } from '../../tasks/md/watch.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';

interface ReportOptions {
  readonly json?: boolean;
  readonly threads?: number;
}

/** Prints what came of a simulation and sets the exit code. */
export function reportMd({ summary, calculator, out, report }: MdOutcome, { json, threads }: ReportOptions): void {
  const { files, analysis, drawnTemperatureK: _, ...numbers } = summary;
  const { trajectory, log, checkpoint, uncertain } = files;
  for (const { message } of analysis?.notices ?? []) remark(`notice: ${message}`);
  if (json) {
    const written = {
      trajectory,
      log,
      checkpoint,
      ...(files.analysis && { analysis: files.analysis.json }),
      ...(uncertain && { uncertain }),
    };
    printJson({ ...numbers, ...written, calculator, ...(out && { out }), ...(report && { report }) });
  } else {
    const lines = summaryLines(summary, { calculator, threads });
    print([...lines, ...fileLines(summary, { out, report }), ...analysisLines(summary)].join('\n'));
  }
  const stop = summary.uncertainty && describeStop(summary.uncertainty, { step: summary.steps, save: uncertain });
  if (stop !== undefined) remark(stop);
  if (summary.interrupted) process.exitCode = stop === undefined ? exitCode.interrupted : exitCode.uncertain;
}

function summaryLines(
  summary: RecordSummary,
  { calculator, threads }: { calculator: string } & Pick<ReportOptions, 'threads'>,
): string[] {
  const netForce =
    summary.largestNetForce > 0 ? `; net force removed: up to ${summary.largestNetForce.toExponential(2)} eV/A` : '';
  return [
    ...settledLine(summary),
    describeRun(summary, calculator),
    `speed        ${summary.stepsPerSecond.toFixed(1)} steps/s, ${summary.nsPerDay.toFixed(3)} ns/day, ${summary.seconds.toFixed(2)} s${threads ? `, ${countOf(threads, 'thread')}` : ''}`,
    `temperature  ${summary.temperature.toFixed(1)} K on average, ${summary.finalTemperature.toFixed(1)} K at the end`,
    ...coolingLine(summary),
    ...pressureLine(summary),
    ...uncertaintyLine(summary),
    `drift        ${formatDrift(summary)}; forces are ${summary.conservative ? '' : 'not '}conservative${netForce}`,
  ];
}

function formatDrift({ driftMevPerAtomPerPs, driftErrorMevPerAtomPerPs: error, steps, timestepFs }: RecordSummary) {
  if (error !== undefined) return `${formatWithError(driftMevPerAtomPerPs, error, 4)} meV/atom/ps`;
  return `- meV/atom/ps: ${(steps * timestepFs) / 1000} ps are too short to tell it from fluctuation`;
}

function fileLines(
  { files, interrupted }: RecordSummary,
  { out, report }: Pick<MdOutcome, 'out' | 'report'>,
): string[] {
  return [
    `trajectory   ${files.trajectory}`,
    `log          ${files.log}`,
    `checkpoint   ${files.checkpoint}${interrupted ? ' (go on with --resume)' : ''}`,
    ...(files.uncertain === undefined ? [] : [`uncertain    ${files.uncertain}`]),
    ...(files.analysis === undefined ? [] : [`analysis     ${files.analysis.json}, ${files.analysis.csv}`]),
    ...(out === undefined ? [] : [`last frame   ${out}`]),
    ...(report === undefined ? [] : [`report       ${report}`]),
  ];
}

function analysisLines(summary: RecordSummary): string[] {
  const { analysis } = summary;
  if (analysis === undefined) return [];
  return ['', fitTable(summaryTable(analysis, summary), 1)];
}

function uncertaintyLine({ uncertainty }: RecordSummary): string[] {
  return uncertainty === undefined ? [] : [`to expect    ${describeWatch(uncertainty)}`];
}

function pressureLine({ pressureGPa, volume }: RecordSummary): string[] {
  if (pressureGPa === undefined || volume === undefined) return [];
  return [`pressure     ${pressureGPa.toFixed(4)} GPa on average, volume ${volume.toFixed(2)} A^3`];
}

// Users who drew velocities at a temperature expect to stay there.
function coolingLine({ ensemble, temperature, drawnTemperatureK: drawn }: RecordSummary): string[] {
  const part = drawn === undefined ? 1 : temperature / drawn;
  if (ensemble !== 'nve' || part < 0.25 || part > 0.75) return [];
  return [
    `             from ${drawn} K at the start: near a minimum, half of the heat becomes potential energy at constant energy;`,
    '             draw velocities at twice the temperature, or let a thermostat hold it (--ensemble langevin)',
  ];
}

function settledLine({ settled }: RecordSummary): string[] {
  if (settled === undefined) return [];
  const { steps, energyChange, fmax } = settled;
  return [
    `relaxed first, ${countOf(steps, 'step')}: ${energyChange.toFixed(4)} eV, largest force ${fmax.toFixed(4)} eV/A`,
  ];
}
