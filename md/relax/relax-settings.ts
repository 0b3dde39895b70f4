import { z } from 'zod';
import { LammError } from '../../src/errors.js';
import { checkSettings } from '../../src/settings/check-settings.js';
import { setting } from '../../src/settings/setting.js';
import { constraintsSetting } from '../state/constraints-setting.js';
import { assertCellFreedom, cellFilters } from './cell-freedom.js';

export const optimizerNames = ['precon-lbfgs', 'lbfgs', 'fire', 'bfgs', 'cg'] as const;
export type OptimizerName = (typeof optimizerNames)[number];

/** How structures are relaxed, and what of them. */
export const relaxSettings = z.strictObject({
  fmax: setting(z.number().positive().default(0.05), {
    quantity: 'force',
    help: 'converged when no atom feels more, such as 0.01 eV/A',
  }),
  optimizer: setting(z.enum(optimizerNames).default('precon-lbfgs'), { form: 'name', help: 'how to go downhill' }),
  maxSteps: setting(z.int().nonnegative().default(1000), { help: 'steps after which to give up' }),
  /** The cell stays as it is when absent. */
  cell: setting(z.enum(cellFilters).optional(), {
    flag: 'cell-filter',
    form: 'name',
    help: 'coordinates of a cell that is relaxed; strain moves the cell alone',
    otherwise: 'unit-cell',
  }),
  /**
   * As other programs have it, whose limits are from 0.01 to 0.1 GPa: a limit for forces alone leaves small cells under
   * stress.
   */
  smaxGPa: setting(z.number().positive().default(0.05), {
    flag: 'smax',
    quantity: 'pressure',
    help: 'of a cell that is relaxed: converged when no component of its stress is farther from the pressure, such as 0.01 GPa',
  }),
  hydrostatic: setting(z.boolean().optional(), { help: 'of the cell, relax the volume alone' }),
  constantVolume: setting(z.boolean().optional(), { help: 'of the cell, relax the shape alone' }),
  strainMask: setting(z.array(z.int().min(0).max(1)).length(6).readonly().optional(), {
    form: 'xx,yy,zz,yz,xz,xy',
    help: 'of the cell, relax only the strains with 1, such as 0,0,1,0,0,0',
    expected: 'six times 0 or 1 for xx,yy,zz,yz,xz,xy',
    parse: (text) => text.split(',').map(Number),
  }),
  pressureGPa: setting(z.number().default(0), {
    flag: 'pressure',
    quantity: 'pressure',
    help: 'pressure on a cell that is relaxed',
  }),
  symmetry: setting(z.boolean().default(false), {
    help: 'keep the symmetry of the start, atoms put exactly on their places',
  }),
  symmetryTolerance: setting(z.number().positive().default(1e-3), {
    quantity: 'length',
    help: 'with `symmetry`: how far atoms of the start may be off their places',
  }),
  constraints: constraintsSetting,
});

/** What is asked for: `fmax` in eV/A, `pressureGPa` in GPa. */
export type RelaxOptions = Readonly<z.input<typeof relaxSettings>>;
export type ResolvedRelaxOptions = Readonly<z.output<typeof relaxSettings>>;

/**
 * Applies defaults and checks ranges.
 *
 * @throws {LammError} `usage` for a value out of range, or values that do not go together.
 */
export function resolveRelaxOptions(options: RelaxOptions): ResolvedRelaxOptions {
  const resolved = checkSettings(relaxSettings, options);
  assertCellFreedom(resolved);
  if (resolved.cell === undefined && options.smaxGPa !== undefined) {
    const message = '`smaxGPa` has no effect where the cell stays as it is; leave it out, or relax the cell';
    throw new LammError('usage', message, { quantity: 'smaxGPa' });
  }
  if (!resolved.symmetry && options.symmetryTolerance !== undefined) {
    const message = '`symmetryTolerance` has no effect without `symmetry`; leave it out, or give that too';
    throw new LammError('usage', message, { quantity: 'symmetryTolerance' });
  }
  return resolved;
}
