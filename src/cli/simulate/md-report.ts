import type { Calculator } from '../../../calculators/calculator.js';
import type { RecordOptions, RecordSummary } from '../../../md/record/record.js';
import { smallestOf } from '../../extremes.js';
import type { Structure } from '../../structure/structure.js';
import { formatWithError } from '../output/format-number.js';
import { calculatorWithHeads } from '../output/heads.js';

interface ReportOptions {
  readonly json?: boolean;
  readonly out?: string;
  readonly report?: string;
  readonly threads?: number;
}

/** Says on stderr, before the first step, what a user should know about the simulation. */
export async function announceMd(
  structure: Structure,
  calculator: Calculator,
  { md, settings, resumeFrom, out }: RecordOptions & Pick<ReportOptions, 'out'>,
): Promise<void> {
  const { remark } = await import('../output/output.js');
  if (!calculator.capabilities.conservative) {
    const nature = `the forces of ${calculator.name} are not the derivative of its energy`;
    remark(
      md.ensemble === 'nve'
        ? `warning: ${nature}: at constant energy the temperature will drift`
        : `${nature}: a Langevin thermostat takes up the heat that they make (--ensemble nve would let it drift)`,
    );
  }
  await adviseTimestep(structure, md.timestepFs);
  if (isMoving(structure) && md.velocities === undefined && !md.equilibrate && !resumeFrom) {
    remark('starting from the velocities of the file; --velocities draw makes new ones');
  }
  if (settings.analysis) {
    const { describeAnalysis } = await import('../analyze/analysis-spec.js');
    remark(`analysing ${describeAnalysis(settings.analysis)}`);
  }
  const loss = out === undefined ? undefined : await lossOf(out, structure);
  if (loss !== undefined) remark(loss);
}

/** What `--out` will not hold of what the last structure has. */
async function lossOf(out: string, structure: Structure): Promise<string | undefined> {
  const { describeLoss } = await import('../output/output-format.js');
  const { positions } = structure;
  const labels = { energy: 0, forces: positions }; // only that they are there counts
  return describeLoss(out, { ...structure, velocities: positions, labels, info: {}, arrays: {} });
}

function isMoving({ velocities }: Structure): boolean {
  return velocities?.some((value) => value !== 0) ?? false;
}

async function adviseTimestep({ masses }: Structure, timestepFs: number): Promise<void> {
  const { adviseTimestepFs } = await import('../../../md/state/timestep-advice.js');
  const { remark } = await import('../output/output.js');
  const advice = adviseTimestepFs(masses);
  if (timestepFs <= 1.5 * advice) return;
  const lightest = smallestOf(masses).toFixed(3);
  remark(
    `warning: for atoms of ${lightest} amu a time step of up to ${advice.toFixed(1)} fs is advisable; it is ${timestepFs} fs`,
  );
}

/** Prints what came of a simulation and sets the exit code. */
export async function reportMd(
  summary: RecordSummary,
  calculator: Calculator,
  { json, out, report, threads }: ReportOptions,
): Promise<void> {
  const { print, printJson, remark } = await import('../output/output.js');
  const { exitCode } = await import('../output/report-error.js');
  const { files, analysis, drawnTemperatureK: _, ...numbers } = summary;
  const { trajectory, log, checkpoint } = files;
  for (const { message } of analysis?.notices ?? []) remark(`notice: ${message}`);
  if (json) {
    const written = { trajectory, log, checkpoint, ...(files.analysis && { analysis: files.analysis.json }) };
    printJson({ ...numbers, ...written, calculator: calculator.name, ...(out && { out }), ...(report && { report }) });
  } else {
    const lines = summaryLines(summary, { calculator: calculator.name, threads });
    print([...lines, ...fileLines(summary, { out, report }), ...(await analysisLines(summary))].join('\n'));
  }
  if (summary.interrupted) process.exitCode = exitCode.interrupted;
}

/** What was simulated, in half a line. */
export function describeRun(
  { interrupted, steps, stepsHere, timestepFs, ensemble, atomCount, head }: RecordSummary,
  calculator: string,
): string {
  const here = stepsHere === steps ? '' : ` (${stepsHere} of them now)`;
  return `${interrupted ? 'interrupted after ' : ''}${steps} steps${here} of ${timestepFs} fs, ${ensemble}, ${atomCount} atoms with ${calculatorWithHeads(calculator, head === undefined ? [] : [head])}`;
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
    `speed        ${summary.stepsPerSecond.toFixed(1)} steps/s, ${summary.nsPerDay.toFixed(3)} ns/day, ${summary.seconds.toFixed(2)} s${threads ? `, ${threads} threads` : ''}`,
    `temperature  ${summary.temperature.toFixed(1)} K on average, ${summary.finalTemperature.toFixed(1)} K at the end`,
    ...coolingLine(summary),
    ...pressureLine(summary),
    `drift        ${formatDrift(summary)}; forces are ${summary.conservative ? '' : 'not '}conservative${netForce}`,
  ];
}

function formatDrift({ driftMevPerAtomPerPs, driftErrorMevPerAtomPerPs: error, steps, timestepFs }: RecordSummary) {
  if (error !== undefined) return `${formatWithError(driftMevPerAtomPerPs, error, 4)} meV/atom/ps`;
  return `- meV/atom/ps: ${(steps * timestepFs) / 1000} ps are too short to tell it from fluctuation`;
}

function fileLines({ files, interrupted }: RecordSummary, { out, report }: ReportOptions): string[] {
  return [
    `trajectory   ${files.trajectory}`,
    `log          ${files.log}`,
    `checkpoint   ${files.checkpoint}${interrupted ? ' (go on with --resume)' : ''}`,
    ...(files.analysis === undefined ? [] : [`analysis     ${files.analysis.json}, ${files.analysis.csv}`]),
    ...(out === undefined ? [] : [`last frame   ${out}`]),
    ...(report === undefined ? [] : [`report       ${report}`]),
  ];
}

async function analysisLines(summary: RecordSummary): Promise<string[]> {
  const { analysis } = summary;
  if (analysis === undefined) return [];
  const { formatTable } = await import('../output/output.js');
  const { summaryTable } = await import('../analyze/analysis-text.js');
  return ['', formatTable(summaryTable(analysis, summary))];
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
  return [`relaxed first, ${steps} steps: ${energyChange.toFixed(4)} eV, largest force ${fmax.toFixed(4)} eV/A`];
}
