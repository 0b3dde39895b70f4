import type { Calculator } from '../../calculators/calculator.js';
import type { RecordOptions, RecordSummary } from '../../md/record.js';
import type { Structure } from '../structure/structure.js';

interface ReportOptions {
  readonly json?: boolean;
  readonly out?: string;
  readonly threads?: number;
}

/** Says on stderr, before the first step, what a user should know about the simulation. */
export async function announceMd(
  structure: Structure,
  calculator: Calculator,
  { md, resumeFrom }: RecordOptions,
): Promise<void> {
  const { remark } = await import('./output.js');
  if (!calculator.capabilities.conservative) {
    const nature = `the forces of ${calculator.name} are not the derivative of its energy`;
    remark(
      md.ensemble === 'nve'
        ? `warning: ${nature}: at constant energy the temperature will drift`
        : `${nature}: a Langevin thermostat takes up the heat that they make (--ensemble nve would let it drift)`,
    );
  }
  await adviseTimestep(structure, md.timestepFs ?? 1);
  const moving = structure.velocities?.some((value) => value !== 0) ?? false;
  if (moving && md.velocities === undefined && !md.equilibrate && !resumeFrom) {
    remark('starting from the velocities of the file; --velocities draw makes new ones');
  }
}

async function adviseTimestep({ masses }: Structure, timestepFs: number): Promise<void> {
  const { adviseTimestepFs } = await import('../../md/timestep-advice.js');
  const { remark } = await import('./output.js');
  const advice = adviseTimestepFs(masses);
  if (timestepFs <= 1.5 * advice) return;
  const lightest = Math.min(...masses).toFixed(3);
  remark(
    `warning: for atoms of ${lightest} amu a time step of up to ${advice.toFixed(1)} fs is advisable; it is ${timestepFs} fs`,
  );
}

/** Prints what came of a simulation and sets the exit code. */
export async function reportMd(
  summary: RecordSummary,
  calculator: Calculator,
  { json, out, threads }: ReportOptions,
): Promise<void> {
  const { print, printJson } = await import('./output.js');
  const { exitCode } = await import('./report-error.js');
  const { files, ...numbers } = summary;
  const { trajectory, log, checkpoint } = files;
  if (json) printJson({ ...numbers, trajectory, log, checkpoint, calculator: calculator.name, ...(out && { out }) });
  else print(formatSummary(summary, { calculator: calculator.name, out, threads }));
  if (summary.interrupted) process.exitCode = exitCode.interrupted;
}

function formatSummary(
  summary: RecordSummary,
  { calculator, out, threads }: { calculator: string; out?: string; threads?: number },
): string {
  const { files, steps, stepsHere, atomCount, ensemble, timestepFs } = summary;
  const here = stepsHere === steps ? '' : ` (${stepsHere} of them now)`;
  const netForce =
    summary.largestNetForce > 0 ? `; net force removed: up to ${summary.largestNetForce.toExponential(2)} eV/A` : '';
  return [
    ...settledLine(summary),
    `${summary.interrupted ? 'interrupted after ' : ''}${steps} steps${here} of ${timestepFs} fs, ${ensemble}, ${atomCount} atoms with ${calculator}`,
    `speed        ${summary.stepsPerSecond.toFixed(1)} steps/s, ${summary.nsPerDay.toFixed(3)} ns/day, ${summary.seconds.toFixed(2)} s${threads ? `, ${threads} threads` : ''}`,
    `temperature  ${summary.temperature.toFixed(1)} K on average, ${summary.finalTemperature.toFixed(1)} K at the end`,
    ...pressureLine(summary),
    `drift        ${summary.driftMevPerAtomPerPs.toFixed(4)} meV/atom/ps; forces are ${summary.conservative ? '' : 'not '}conservative${netForce}`,
    `trajectory   ${files.trajectory}`,
    `log          ${files.log}`,
    `checkpoint   ${files.checkpoint}${summary.interrupted ? ' (go on with --resume)' : ''}`,
    ...(out === undefined ? [] : [`last frame   ${out}`]),
  ].join('\n');
}

function pressureLine({ pressureGPa, volume }: RecordSummary): string[] {
  if (pressureGPa === undefined || volume === undefined) return [];
  return [`pressure     ${pressureGPa.toFixed(4)} GPa on average, volume ${volume.toFixed(2)} A^3`];
}

function settledLine({ settled }: RecordSummary): string[] {
  if (settled === undefined) return [];
  const { steps, energyChange, fmax } = settled;
  return [`relaxed first, ${steps} steps: ${energyChange.toFixed(4)} eV, largest force ${fmax.toFixed(4)} eV/A`];
}
