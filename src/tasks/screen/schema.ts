import { z } from 'zod';
import { relaxSettings } from '../../../md/relax/relax-settings.js';
import { checkSettings } from '../../settings/check-settings.js';
import { setting } from '../../settings/setting.js';
import { inputSettings, resultKeysSetting } from '../structures/structure-settings.js';

const { fmax, optimizer, maxSteps, smaxGPa, pressureGPa, symmetry } = relaxSettings.shape;

/** How structures are screened. */
export const screenSettings = z.strictObject({
  relax: setting(z.boolean().default(false), { help: 'relax each structure first' }),
  fmax,
  optimizer,
  maxSteps,
  cell: setting(z.boolean().default(false), { help: 'relax the cell too, of structures that have one' }),
  smaxGPa,
  pressureGPa,
  symmetry,
  maxSeconds: setting(z.number().positive().default(600), {
    form: 'seconds',
    help: 'of one relaxation, after which it is given up where it is',
  }),
  references: setting(z.array(z.string()).readonly().default([]), {
    form: 'files',
    help: 'further structures for formation energies and hulls, such as the elements; calculated alike, not ranked',
    parse: (text, previous) => [...(Array.isArray(previous) ? previous : []), ...text.split(',')],
  }),
  occupancy: inputSettings.shape.occupancy,
  structures: setting(z.boolean().default(false), {
    help: 'keep the structures with energies and forces beside the table, as those that are relaxed always are',
  }),
  resultKeys: resultKeysSetting,
  chunk: setting(z.int().positive().optional(), {
    help: 'structures that a worker takes at once',
    otherwise: '64, or up to 256 of many that are not relaxed',
  }),
  batchAtoms: setting(z.int().positive().optional(), {
    help: 'atoms that a model calculates at once',
    otherwise: 'as many as suit the model',
  }),
  spaceGroups: setting(z.boolean().default(true), {
    help: 'find the space group and the structure type of every crystal',
    no: 'do not look for space groups: their columns and that of the structure type stay empty, and small crystals take less time',
  }),
  symmetryTolerance: setting(z.number().positive().default(0.01), {
    quantity: 'length',
    help: 'by which atoms may be off the places of a space group',
  }),
});

/** What is asked for: `fmax` in eV/A, `pressureGPa` in GPa, `symmetryTolerance` in A, `maxSeconds` in s. */
export type ScreenOptions = Readonly<z.input<typeof screenSettings>>;
export type ResolvedScreenOptions = Readonly<z.output<typeof screenSettings>>;

/**
 * Applies defaults and checks ranges; who asks for the cell to be relaxed wants to relax, and who relaxes wants the
 * structures.
 *
 * @throws {LammError} `usage` for a value out of range.
 */
export function resolveScreenOptions(options: ScreenOptions): ResolvedScreenOptions {
  const resolved = checkSettings(screenSettings, options);
  const relax = resolved.relax || resolved.cell;
  return { ...resolved, relax, structures: resolved.structures || relax };
}
