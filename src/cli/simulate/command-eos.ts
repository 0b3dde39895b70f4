import type { Command } from 'commander';
import { z } from 'zod';
import type { Calculator } from '../../../calculators/calculator.js';
import { labelledStructure } from '../../../calculators/labelled-structure.js';
import { type EquationOfState, fitBirchMurnaghan, noticesOfFit } from '../../../md/relax/birch-murnaghan.js';
import { relaxSettings } from '../../../md/relax/settings.js';
import {
  scanVolumes,
  type VolumePoint,
  type VolumeScanOptions,
  volumeScanSettings,
} from '../../../md/relax/volume-scan.js';
import type { ResultKeys } from '../../io/result-keys.js';
import { writeStructures } from '../../io/write-structures.js';
import { formatWithError } from '../../report/format-number.js';
import { calculatorWithHeads, headsOf } from '../../report/heads.js';
import { checkSettings } from '../../settings/check-settings.js';
import { setting } from '../../settings/setting.js';
import type { Structure } from '../../structure/structure.js';
import { loadOneInput } from '../../tasks/structures/load-structure.js';
import { assertOutputFormat } from '../../tasks/structures/output-format.js';
import { assertFree } from '../../tasks/structures/output-path.js';
import { GPa } from '../../units.js';
import { addCalculationOptions, type CalculationOptions, frameOption } from '../input/calculation-options.js';
import { addSettings, givenSettings } from '../input/setting-options.js';
import { openCalculator } from '../input/shared-options.js';
import { formatTable, print, printJson, remark } from '../output/output.js';
import { createProgress } from '../output/progress.js';
import { exitCode } from '../output/report-error.js';

interface Options extends CalculationOptions {
  readonly frame?: number;
}

/** Which volumes, and how the atoms are relaxed at each. */
const eosRequest = z.strictObject({
  ...volumeScanSettings.shape,
  fmax: setting(z.number().positive().default(0.01), {
    quantity: 'force',
    help: 'at each volume, atoms are relaxed until none feels more',
  }),
  optimizer: relaxSettings.shape.optimizer,
  shape: setting(z.boolean().default(false), { help: 'relax the shape of the cell too' }),
});

type Scan = VolumeScanOptions & { readonly pointCount: number };

/** `lamm eos`: energy against volume, and what follows from it. */
export function registerEos(command: Command): void {
  command
    .argument('<file>', 'crystal in any known format, near its equilibrium volume; - for the standard input')
    .addOption(frameOption);
  addSettings(command, eosRequest);
  addCalculationOptions(command, 'structures at all volumes (default: none)').action(eosCommand);
}

async function eosCommand(file: string, options: Options, command: Command): Promise<void> {
  const scan = await scanOptionsOf(command);
  const structure = await loadOneInput(file, { ...options, tell: remark });
  if (options.out !== undefined) assertWritable(options.out, { structure, scan, force: options.force });
  await using calculator = openCalculator(options);
  const points = await scanAll(structure, calculator, scan);
  if (options.out !== undefined) await writePoints(options.out, points, options.resultKeys);
  const volumes = points.map(({ volume }) => volume);
  const fit = fitBirchMurnaghan(
    volumes,
    points.map(({ energy }) => energy),
  );
  const converged = points.every((point) => point.converged);
  const notices = noticesOfFit(fit, volumes);
  for (const { message } of notices) remark(`notice: ${message}`);
  if (options.json)
    printJson(describeAsJson(fit, points, { calculator: calculator.name, converged, notices, out: options.out }));
  else print(formatFit(fit, points, { atomCount: structure.numbers.length, calculator, out: options.out }));
  if (!converged) process.exitCode = exitCode.notConverged;
}

function assertWritable(
  out: string,
  { structure, scan, force }: { structure: Structure; scan: Scan; force?: boolean },
): void {
  assertFree(out, force);
  assertOutputFormat(out, Array<Structure>(scan.pointCount).fill(structure));
}

async function scanOptionsOf(command: Command): Promise<Scan> {
  const given = await givenSettings(command, eosRequest);
  const { pointCount, volumeChange, fmax, optimizer, shape } = checkSettings(eosRequest, given);
  const cell = shape ? ({ cell: 'exp-cell', constantVolume: true } as const) : {};
  return { pointCount, volumeChange, relax: { optimizer, fmax, ...cell } };
}

async function scanAll(structure: Structure, calculator: Calculator, scan: Scan): Promise<VolumePoint[]> {
  using progress = createProgress({ label: 'eos', total: scan.pointCount });
  const points: VolumePoint[] = [];
  for await (const point of scanVolumes(structure, calculator, scan)) {
    points.push(point);
    progress.update(points.length, `${point.volume.toFixed(2)} A^3, ${point.energy.toFixed(4)} eV`);
  }
  return points;
}

async function writePoints(out: string, points: readonly VolumePoint[], keys: ResultKeys | undefined): Promise<void> {
  await writeStructures(
    out,
    points.map(({ structure, result }) => labelledStructure(structure, result, keys)),
  );
}

function describeAsJson(
  { bulkModulus, errors, ...fit }: EquationOfState,
  points: readonly VolumePoint[],
  about: { calculator: string; converged: boolean; notices: ReturnType<typeof noticesOfFit>; out?: string },
): object {
  const [head] = headsOf(points.map(({ result }) => result));
  const list = points.map(({ volume, energy, step, converged }) => ({ volume, energy, steps: step, converged }));
  const { bulkModulus: error = 0, ...others } = errors ?? {};
  return {
    ...fit,
    bulkModulusGPa: bulkModulus / GPa,
    ...(errors && { errors: { ...others, bulkModulusGPa: error / GPa } }),
    ...about,
    ...(head !== undefined && { head }),
    points: list,
  };
}

function formatFit(
  { volume, energy, bulkModulus, bulkModulusDerivative, residual, errors }: EquationOfState,
  points: readonly VolumePoint[],
  { atomCount, calculator, out }: { atomCount: number; calculator: Calculator; out?: string },
): string {
  const by = calculatorWithHeads(calculator.name, headsOf(points.map(({ result }) => result)));
  const rows = points.map((point) => [
    point.volume.toFixed(4),
    point.energy.toFixed(6),
    String(point.step),
    point.converged ? 'yes' : 'NO',
  ]);
  const modulus = formatWithError(bulkModulus / GPa, errors && errors.bulkModulus / GPa, 2);
  const derivative = formatWithError(bulkModulusDerivative, errors?.bulkModulusDerivative, 2);
  return [
    formatTable([['volume (A^3)', 'energy (eV)', 'steps', 'converged'], ...rows]),
    `volume        ${formatWithError(volume, errors?.volume, 4)} A^3, ${(volume / atomCount).toFixed(4)} A^3/atom, with ${by}`,
    `energy        ${energy.toFixed(6)} eV, ${(energy / atomCount).toFixed(6)} eV/atom`,
    `bulk modulus  ${modulus} GPa, its derivative ${derivative}`,
    `fit           Birch-Murnaghan of third order, off by ${((1000 * residual) / atomCount).toFixed(4)} meV/atom`,
    ...(out === undefined ? [] : [`written to    ${out}`]),
  ].join('\n');
}
