import type { CellFilter } from '../../../md/relax/cell-freedom.js';
import { type RelaxOptions, relaxSettings, resolveRelaxOptions } from '../../../md/relax/relax-settings.js';
import { LammError } from '../../errors.js';
import type { RelaxTaskSettings } from './schema.js';

/**
 * What the settings say of how structures are relaxed; defaults are not among it.
 *
 * @throws {LammError} `usage` for values that do not go together.
 */
export function relaxOptionsOf(given: RelaxTaskSettings): RelaxOptions {
  const cell = cellFilterOf(given);
  if (given.pressureGPa !== undefined && cell === undefined) {
    const message = '`pressureGPa` acts on the cell: give `withCell` too';
    throw new LammError('usage', message, { quantity: 'pressureGPa' });
  }
  const entries = Object.entries({ ...given, cell }).filter(
    ([key, value]) => value !== undefined && Object.hasOwn(relaxSettings.shape, key),
  );
  const options: RelaxOptions = Object.fromEntries(entries);
  resolveRelaxOptions(options); // refuses bad values before a model is loaded
  return options;
}

/** Whatever is said about the cell means that it is to be relaxed. */
function cellFilterOf({
  withCell,
  cell,
  hydrostatic,
  constantVolume,
  strainMask,
}: RelaxTaskSettings): CellFilter | undefined {
  if (cell) return cell;
  if (constantVolume && strainMask === undefined) return 'exp-cell'; // keeps the volume in fewer steps
  return withCell || hydrostatic || constantVolume || strainMask !== undefined ? 'unit-cell' : undefined;
}
