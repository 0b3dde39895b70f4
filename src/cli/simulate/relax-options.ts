import type { Command } from 'commander';
import { z } from 'zod';
import type { CellFilter } from '../../../md/relax/cell-freedom.js';
import { type RelaxOptions, relaxSettings, resolveRelaxOptions } from '../../../md/relax/settings.js';
import { LammError } from '../../errors.js';
import { setting } from '../../settings/setting.js';
import { givenSettings } from '../input/setting-options.js';

const { fmax, optimizer, maxSteps, ...others } = relaxSettings.shape;

/** What is relaxed and how, as users say it. */
export const relaxRequest = z.strictObject({
  ...{ fmax, optimizer, maxSteps },
  withCell: setting(z.boolean().optional(), { flag: 'cell', help: 'relax the cell too' }),
  ...others,
});

/**
 * The options that the user gave, in the units of the library, checked; defaults are not among them.
 *
 * @throws {LammError} `usage`.
 */
export async function givenRelaxOptions(command: Command): Promise<RelaxOptions> {
  const request = await givenSettings(command, relaxRequest);
  const { withCell: _, ...given } = { ...request, cell: cellFilterOf(request) };
  if (given.pressureGPa !== undefined && given.cell === undefined) {
    const message = '`pressureGPa` acts on the cell: give `withCell` too';
    throw new LammError('usage', message, { quantity: 'pressureGPa' });
  }
  resolveRelaxOptions(given); // refuses bad values before a model is loaded
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

// Whatever is said about the cell means that it is to be relaxed.
function cellFilterOf({
  withCell,
  cell,
  hydrostatic,
  constantVolume,
  strainMask,
}: Partial<z.input<typeof relaxRequest>>): CellFilter | undefined {
  if (cell) return cell;
  if (constantVolume && strainMask === undefined) return 'exp-cell'; // keeps the volume in fewer steps
  return withCell || hydrostatic || constantVolume || strainMask !== undefined ? 'unit-cell' : undefined;
}
