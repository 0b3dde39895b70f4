import { z } from 'zod';
import { resultKeyChoices } from '../../io/result-keys.js';
import { setting } from '../../settings/setting.js';

/** What to take of a file of structures that leaves a choice. */
export const inputSettings = z.strictObject({
  occupancy: setting(z.enum(['error', 'majority']).default('error'), {
    form: 'choice',
    help: 'partly occupied sites of a CIF: refused, or the most occupied is taken',
  }),
  keepUnconverged: setting(z.boolean().default(false), {
    help: 'keep the steps of VASP, Quantum ESPRESSO and CP2K whose electrons did not converge; they are marked as unconverged',
  }),
});

export type InputSettings = Readonly<z.input<typeof inputSettings>>;

/** The frame that a task begins with, where the file has several. */
export const frameSetting = setting(
  z
    .int()
    .refine((frame) => frame !== 0)
    .optional(),
  {
    form: 'number',
    help: 'frame of the file, counted from 1; -1 is the last',
    expected: 'a whole number that is not 0',
  },
);

export interface OutputHelp {
  /** What the results are. */
  readonly help: string;
  /** Where they go by default. */
  readonly otherwise: string;
  /** What the name looks like. */
  readonly form?: string;
}

/** Where results go. */
export function outputSettings({ help, otherwise, form = 'path' }: OutputHelp) {
  return z.strictObject({
    out: setting(z.string().optional(), { letter: 'o', form, help, otherwise }),
    force: setting(z.boolean().default(false), { help: 'replace files that exist' }),
  });
}

/** How results are called in files that name them. */
export const resultKeysSetting = setting(z.enum(resultKeyChoices).optional(), {
  form: 'name',
  help: 'results in files: lamm_energy ... beside labels, or as ASE has them: energy, forces, stress',
  otherwise: 'lamm',
});
