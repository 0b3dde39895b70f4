import { z } from 'zod';
import { occupancyChoices, positionChoices } from '../../io/format.js';
import { resultKeyChoices } from '../../io/result-keys.js';
import { setting } from '../../settings/setting.js';
import { defaultTolerance } from '../../structure/symmetry-tolerance.js';

/** What to take of a file of structures that leaves a choice. */
export const inputSettings = z.strictObject({
  occupancy: setting(z.enum(occupancyChoices).default('error'), {
    form: 'choice',
    help: 'partly occupied sites of a CIF: refused, or the most occupied is taken',
  }),
  keepUnconverged: setting(z.boolean().default(false), {
    help: 'keep the steps of VASP, Quantum ESPRESSO and CP2K whose electrons did not converge; they are marked as unconverged',
  }),
});

export type InputSettings = Readonly<z.input<typeof inputSettings>>;

/** What to take of the files of a set of structures. */
export const dataInputSettings = z.strictObject({
  ...inputSettings.shape,
  strict: setting(z.boolean().default(false), {
    help: 'refuse everything when one of several files cannot be read, instead of skipping it',
  }),
  positions: setting(z.enum(positionChoices).optional(), {
    form: 'choice',
    help: 'positions of the IS2RE data of fairchem, whose energy is that of the relaxed structure',
  }),
  referenceEnergies: setting(z.string().optional(), {
    form: 'file',
    help: 'oc20_ref.pkl, which makes total energies of the adsorption energies of OC20',
  }),
});

/** How far the atoms of a crystal may be off their places, with the setting `key`. */
export function symmetryToleranceSetting(key: string) {
  return setting(z.number().positive().optional(), {
    form: 'number',
    help: `with \`${key}\`: how far atoms may be off their places, in A`,
    otherwise: String(defaultTolerance),
  });
}

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
