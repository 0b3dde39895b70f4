import { type Command, Option } from 'commander';
import type { Calculator } from '../../../calculators/calculator.js';
import type { EquationOfState, noticesOfFit } from '../../../md/relax/birch-murnaghan.js';
import { type OptimizerName, optimizerNames } from '../../../md/relax/settings.js';
import type { VolumePoint, VolumeScanOptions } from '../../../md/relax/volume-scan.js';
import type { ResultKeys } from '../../io/result-keys.js';
import type { Structure } from '../../structure/structure.js';
import { addCalculationOptions, type CalculationOptions, frameOption } from '../input/calculation-options.js';
import { openCalculator, parseCount } from '../input/shared-options.js';

interface Options extends CalculationOptions {
  readonly points?: number;
  readonly range?: string;
  readonly frame?: number;
  readonly fmax?: string;
  readonly optimizer?: OptimizerName;
  readonly shape?: boolean;
}

type Scan = VolumeScanOptions & { readonly pointCount: number };

/** `lamm eos`: energy against volume, and what follows from it. */
export function registerEos(command: Command): void {
  command
    .argument('<file>', 'crystal in any known format, near its equilibrium volume; - for the standard input')
    .addOption(new Option('--points <count>', 'number of volumes (default: 7)').argParser(parseCount))
    .option('--range <part>', 'largest change of the volume, such as 6% or 0.06 (default: 6%)')
    .addOption(frameOption)
    .option('--fmax <force>', 'at each volume, atoms are relaxed until none feels more (default: 0.01 eV/A)')
    .addOption(new Option('--optimizer <name>', 'how to relax (default: lbfgs)').choices(optimizerNames))
    .option('--shape', 'relax the shape of the cell too');
  addCalculationOptions(command, 'structures at all volumes (default: none)').action(eosCommand);
}

async function eosCommand(file: string, options: Options): Promise<void> {
  const { print, printJson, remark } = await import('../output/output.js');
  const { fitBirchMurnaghan, noticesOfFit } = await import('../../../md/relax/birch-murnaghan.js');
  const { exitCode } = await import('../output/report-error.js');
  const { loadOneInput } = await import('../../tasks/structures/load-structure.js');
  const scan = await scanOptionsOf(options);
  const structure = await loadOneInput(file, { ...options, tell: remark });
  if (options.out !== undefined) await assertWritable(options.out, { structure, scan, force: options.force });
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
    printJson(await describeAsJson(fit, points, { calculator: calculator.name, converged, notices, out: options.out }));
  else print(await formatFit(fit, points, { atomCount: structure.numbers.length, calculator, out: options.out }));
  if (!converged) process.exitCode = exitCode.notConverged;
}

async function assertWritable(
  out: string,
  { structure, scan, force }: { structure: Structure; scan: Scan; force?: boolean },
): Promise<void> {
  const { assertFree } = await import('../../tasks/structures/output-path.js');
  const { assertOutputFormat } = await import('../../tasks/structures/output-format.js');
  assertFree(out, force);
  assertOutputFormat(out, Array<Structure>(scan.pointCount).fill(structure));
}

async function scanOptionsOf({ points, range, fmax, optimizer, shape }: Options): Promise<Scan> {
  const { parseQuantity } = await import('../../settings/quantity.js');
  const { LammError } = await import('../../errors.js');
  const [, part, percent] = /^\s*([\d.]+(?:e-?\d+)?)\s*(%?)\s*$/i.exec(range ?? '6%') ?? [];
  const volumeChange = Number(part) / (percent === '%' ? 100 : 1);
  if (!Number.isFinite(volumeChange)) {
    throw new LammError('usage', `--range: expected a part such as 6% or 0.06, found "${range}"`, {
      quantity: '--range',
    });
  }
  return {
    pointCount: points ?? 7,
    volumeChange,
    relax: {
      optimizer,
      fmax: fmax === undefined ? 0.01 : await parseQuantity(fmax, 'force', '--fmax'),
      ...(shape && { cell: 'exp-cell', constantVolume: true }),
    },
  };
}

async function scanAll(structure: Structure, calculator: Calculator, scan: Scan): Promise<VolumePoint[]> {
  const { scanVolumes } = await import('../../../md/relax/volume-scan.js');
  const { createProgress } = await import('../output/progress.js');
  using progress = createProgress({ label: 'eos', total: scan.pointCount });
  const points: VolumePoint[] = [];
  for await (const point of scanVolumes(structure, calculator, scan)) {
    points.push(point);
    progress.update(points.length, `${point.volume.toFixed(2)} A^3, ${point.energy.toFixed(4)} eV`);
  }
  return points;
}

async function writePoints(out: string, points: readonly VolumePoint[], keys: ResultKeys | undefined): Promise<void> {
  const { writeStructures } = await import('../../io/write-structures.js');
  const { labelledStructure } = await import('../../../calculators/labelled-structure.js');
  await writeStructures(
    out,
    points.map(({ structure, result }) => labelledStructure(structure, result, keys)),
  );
}

async function describeAsJson(
  { bulkModulus, errors, ...fit }: EquationOfState,
  points: readonly VolumePoint[],
  about: { calculator: string; converged: boolean; notices: ReturnType<typeof noticesOfFit>; out?: string },
): Promise<object> {
  const { GPa } = await import('../../units.js');
  const { headsOf } = await import('../../report/heads.js');
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

async function formatFit(
  { volume, energy, bulkModulus, bulkModulusDerivative, residual, errors }: EquationOfState,
  points: readonly VolumePoint[],
  { atomCount, calculator, out }: { atomCount: number; calculator: Calculator; out?: string },
): Promise<string> {
  const { GPa } = await import('../../units.js');
  const { formatTable } = await import('../output/output.js');
  const { formatWithError } = await import('../../report/format-number.js');
  const { calculatorWithHeads, headsOf } = await import('../../report/heads.js');
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
