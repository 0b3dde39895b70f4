import { type Command, Option } from 'commander';
import type { Calculator } from '../../../calculators/calculator.js';
import type { EquationOfState } from '../../../md/relax/birch-murnaghan.js';
import { type OptimizerName, optimizerNames } from '../../../md/relax/options.js';
import type { VolumePoint, VolumeScanOptions } from '../../../md/relax/volume-scan.js';
import type { Structure } from '../../structure/structure.js';
import { type InputOptions, occupancyOption } from '../input/input-options.js';
import {
  addCalculatorOptions,
  addOutputOptions,
  type CalculatorOptions,
  type OutputOptions,
  openCalculator,
  parseCount,
} from '../input/shared-options.js';

interface Options extends CalculatorOptions, OutputOptions, Pick<InputOptions, 'occupancy'> {
  readonly points?: number;
  readonly range?: string;
  readonly frame?: number;
  readonly fmax?: string;
  readonly optimizer?: OptimizerName;
  readonly shape?: boolean;
}

/** `lamm eos`: energy against volume, and what follows from it. */
export function registerEos(program: Command): void {
  const command = program
    .command('eos')
    .description('equilibrium volume and bulk modulus from energies at several volumes')
    .argument('<file>', 'crystal in any known format, near its equilibrium volume; - for the standard input')
    .addOption(new Option('--points <count>', 'number of volumes (default: 7)').argParser(parseCount))
    .option('--range <part>', 'largest change of the volume, such as 6% or 0.06 (default: 6%)')
    .addOption(new Option('--frame <number>', 'frame of the file, counted from 1').argParser(parseCount))
    .addOption(occupancyOption)
    .option('--fmax <force>', 'at each volume, atoms are relaxed until none feels more (default: 0.01 eV/A)')
    .addOption(new Option('--optimizer <name>', 'how to relax (default: lbfgs)').choices(optimizerNames))
    .option('--shape', 'relax the shape of the cell too');
  addOutputOptions(addCalculatorOptions(command), 'structures at all volumes (default: none)').action(eosCommand);
}

async function eosCommand(file: string, options: Options): Promise<void> {
  const { assertFree, print, printJson } = await import('../output/output.js');
  const { fitBirchMurnaghan } = await import('../../../md/relax/birch-murnaghan.js');
  const { exitCode } = await import('../output/report-error.js');
  const scan = await scanOptionsOf(options);
  if (options.out !== undefined) assertFree(options.out, options.force);
  const { loadOneInput } = await import('../input/load-inputs.js');
  const structure = await loadOneInput(file, options);
  await using calculator = await openCalculator(options);
  const points = await scanAll(structure, calculator, scan);
  if (options.out !== undefined) await writePoints(options.out, points);
  const fit = fitBirchMurnaghan(
    points.map(({ volume }) => volume),
    points.map(({ energy }) => energy),
  );
  const converged = points.every((point) => point.converged);
  if (options.json) printJson(await describeAsJson(fit, points, { converged, ...options }));
  else print(await formatFit(fit, points, { atomCount: structure.numbers.length, calculator }));
  if (!converged) process.exitCode = exitCode.notConverged;
}

async function scanOptionsOf({ points, range, fmax, optimizer, shape }: Options): Promise<VolumeScanOptions> {
  const { parseQuantity } = await import('../input/quantity.js');
  const { LammError } = await import('../../errors.js');
  const [, part, percent] = /^\s*([\d.]+(?:e-?\d+)?)\s*(%?)\s*$/i.exec(range ?? '6%') ?? [];
  const volumeChange = Number(part) / (percent === '%' ? 100 : 1);
  if (!Number.isFinite(volumeChange)) {
    throw new LammError('usage', `--range: expected a part such as 6% or 0.06, found "${range}"`, {
      quantity: '--range',
    });
  }
  return {
    pointCount: points,
    volumeChange,
    relax: {
      optimizer,
      fmax: fmax === undefined ? 0.01 : await parseQuantity(fmax, 'force', '--fmax'),
      ...(shape && { cell: 'exp-cell', constantVolume: true }),
    },
  };
}

async function scanAll(structure: Structure, calculator: Calculator, scan: VolumeScanOptions): Promise<VolumePoint[]> {
  const { scanVolumes } = await import('../../../md/relax/volume-scan.js');
  const { createProgress } = await import('../output/progress.js');
  using progress = createProgress({ label: 'eos', total: scan.pointCount ?? 7 });
  const points: VolumePoint[] = [];
  for await (const point of scanVolumes(structure, calculator, scan)) {
    points.push(point);
    progress.update(points.length, `${point.volume.toFixed(2)} A^3, ${point.energy.toFixed(4)} eV`);
  }
  return points;
}

async function writePoints(out: string, points: readonly VolumePoint[]): Promise<void> {
  const { writeStructures } = await import('../../io/write-structures.js');
  const { labelledStructure } = await import('../output/labelled-structure.js');
  await writeStructures(
    out,
    points.map(({ structure, result }) => labelledStructure(structure, result)),
  );
}

async function describeAsJson(
  { bulkModulus, ...fit }: EquationOfState,
  points: readonly VolumePoint[],
  { converged, out }: { converged: boolean; out?: string },
): Promise<object> {
  const { GPa } = await import('../../units.js');
  const list = points.map(({ volume, energy, step, converged: done }) => ({
    volume,
    energy,
    steps: step,
    converged: done,
  }));
  return { ...fit, bulkModulusGPa: bulkModulus / GPa, converged, points: list, ...(out !== undefined && { out }) };
}

async function formatFit(
  { volume, energy, bulkModulus, bulkModulusDerivative, residual }: EquationOfState,
  points: readonly VolumePoint[],
  { atomCount, calculator }: { atomCount: number; calculator: Calculator },
): Promise<string> {
  const { GPa } = await import('../../units.js');
  const { formatTable } = await import('../output/output.js');
  const rows = points.map((point) => [
    point.volume.toFixed(4),
    point.energy.toFixed(6),
    String(point.step),
    point.converged ? 'yes' : 'NO',
  ]);
  return [
    formatTable([['volume (A^3)', 'energy (eV)', 'steps', 'converged'], ...rows]),
    `volume        ${volume.toFixed(4)} A^3, ${(volume / atomCount).toFixed(4)} A^3/atom, with ${calculator.name}`,
    `energy        ${energy.toFixed(6)} eV, ${(energy / atomCount).toFixed(6)} eV/atom`,
    `bulk modulus  ${(bulkModulus / GPa).toFixed(2)} GPa, its derivative ${bulkModulusDerivative.toFixed(2)}`,
    `fit           Birch-Murnaghan of third order, off by ${((1000 * residual) / atomCount).toFixed(4)} meV/atom`,
  ].join('\n');
}
