import { formatWithError } from '../../report/format-number.js';
import { calculatorWithHeads, headsOf } from '../../report/heads.js';
import type { EosOutcome } from '../../tasks/eos/run.js';
import { GPa } from '../../units.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';

interface ReportOptions {
  readonly json?: boolean;
  readonly out?: string;
}

/** Prints an equation of state and sets the exit code. */
export function reportEos(outcome: EosOutcome, { json, out }: ReportOptions): void {
  const converged = outcome.points.every((point) => point.converged);
  for (const { message } of outcome.notices) remark(`notice: ${message}`);
  if (json) printJson(describeAsJson(outcome, { converged, out }));
  else print(formatFit(outcome, out));
  if (!converged) process.exitCode = exitCode.notConverged;
}

function describeAsJson(
  { fit: { bulkModulus, errors, ...fit }, points, calculator, notices }: EosOutcome,
  { converged, out }: { readonly converged: boolean; readonly out?: string },
): object {
  const [head] = headsOf(points.map(({ result }) => result));
  const list = points.map(({ volume, energy, step, converged }) => ({ volume, energy, steps: step, converged }));
  const { bulkModulus: error = 0, ...others } = errors ?? {};
  return {
    ...fit,
    bulkModulusGPa: bulkModulus / GPa,
    ...(errors && { errors: { ...others, bulkModulusGPa: error / GPa } }),
    ...{ calculator, converged, notices, out },
    ...(head !== undefined && { head }),
    points: list,
  };
}

function formatFit({ fit, points, atomCount, calculator }: EosOutcome, out: string | undefined): string {
  const { volume, energy, bulkModulus, bulkModulusDerivative, residual, errors } = fit;
  const by = calculatorWithHeads(calculator, headsOf(points.map(({ result }) => result)));
  const rows = points.map((point) => [
    point.volume.toFixed(4),
    point.energy.toFixed(6),
    String(point.step),
    point.converged ? 'yes' : 'NO',
  ]);
  const modulus = formatWithError(bulkModulus / GPa, errors && errors.bulkModulus / GPa, 2);
  const derivative = formatWithError(bulkModulusDerivative, errors?.bulkModulusDerivative, 2);
  return [
    fitTable([['volume (A^3)', 'energy (eV)', 'steps', 'converged'], ...rows], 1),
    `volume        ${formatWithError(volume, errors?.volume, 4)} A^3, ${(volume / atomCount).toFixed(4)} A^3/atom, with ${by}`,
    `energy        ${energy.toFixed(6)} eV, ${(energy / atomCount).toFixed(6)} eV/atom`,
    `bulk modulus  ${modulus} GPa, its derivative ${derivative}`,
    `fit           Birch-Murnaghan of third order, off by ${((1000 * residual) / atomCount).toFixed(4)} meV/atom`,
    ...(out === undefined ? [] : [`written to    ${out}`]),
  ].join('\n');
}
