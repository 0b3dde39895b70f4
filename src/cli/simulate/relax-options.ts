import { type Command, Option } from 'commander';
import { type CellFilter, cellFilters } from '../../../md/relax/cell-freedom.js';
import { optimizerNames, type RelaxOptions } from '../../../md/relax/settings.js';
import type { Constraint } from '../../../md/state/constraints.js';
import { constraintsSetting, parseConstraints } from '../../../md/state/constraints-setting.js';
import { metaOf } from '../../settings/setting.js';
import { parseNatural } from '../input/shared-options.js';

/** Those that the library takes as they are. */
type PlainOption = 'optimizer' | 'maxSteps' | 'hydrostatic' | 'constantVolume' | 'symmetry';

/** Options of `lamm relax` that say what is done, as the user writes them. */
export interface RelaxCommandOptions extends Pick<RelaxOptions, PlainOption> {
  readonly fmax?: string;
  readonly cell?: boolean;
  readonly cellFilter?: CellFilter;
  readonly strainMask?: string;
  readonly pressure?: string;
  readonly constrain?: Constraint[];
}

/** Adds them to a command. */
export function addRelaxOptions(command: Command): Command {
  return command
    .option('--fmax <force>', 'converged when no atom feels more, such as 0.01 eV/A (default: 0.05)')
    .addOption(new Option('--optimizer <name>', 'how to go downhill (default: lbfgs)').choices(optimizerNames))
    .addOption(
      new Option('--max-steps <count>', 'steps after which to give up (default: 1000)').argParser(parseNatural),
    )
    .option('--cell', 'relax the cell too')
    .addOption(
      new Option(
        '--cell-filter <name>',
        'coordinates of the cell; strain moves the cell alone (default: unit-cell)',
      ).choices(cellFilters),
    )
    .option('--hydrostatic', 'of the cell, relax the volume alone')
    .option('--constant-volume', 'of the cell, relax the shape alone')
    .option('--strain-mask <xx,yy,zz,yz,xz,xy>', 'of the cell, relax only the strains with 1, such as 0,0,1,0,0,0')
    .option('--pressure <pressure>', 'pressure on the cell, with --cell (default: 0 GPa)')
    .option('--symmetry', 'keep the symmetry of the start')
    .addOption(new Option('--constrain <what>', metaOf(constraintsSetting).help).argParser(parseConstraints));
}

/**
 * The options that the user gave, in the units of the library, checked; defaults are not among them.
 *
 * @throws {LammError} `usage`.
 */
export async function givenRelaxOptions(options: RelaxCommandOptions): Promise<RelaxOptions> {
  const { LammError } = await import('../../errors.js');
  const { parseQuantity } = await import('../../settings/quantity.js');
  const { resolveRelaxOptions } = await import('../../../md/relax/settings.js');
  const { fmax, optimizer, maxSteps, pressure, hydrostatic, constantVolume, symmetry } = options;
  const cell = cellFilterOf(options);
  if (pressure !== undefined && !cell) throw new LammError('usage', '--pressure acts on the cell: give --cell too');
  const given = {
    ...{ optimizer, maxSteps, cell, hydrostatic, constantVolume, symmetry },
    constraints: options.constrain,
    strainMask: options.strainMask?.split(',').map(Number),
    fmax: fmax === undefined ? undefined : await parseQuantity(fmax, 'force', '--fmax'),
    pressureGPa: pressure === undefined ? undefined : await parseQuantity(pressure, 'pressure', '--pressure'),
  };
  resolveRelaxOptions(given); // refuses bad values before a model is loaded
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

// Whatever is said about the cell means that it is to be relaxed.
function cellFilterOf({
  cell,
  cellFilter,
  hydrostatic,
  constantVolume,
  strainMask,
}: RelaxCommandOptions): CellFilter | undefined {
  if (cellFilter) return cellFilter;
  if (constantVolume && strainMask === undefined) return 'exp-cell'; // keeps the volume in fewer steps
  return cell || hydrostatic || constantVolume || strainMask !== undefined ? 'unit-cell' : undefined;
}
