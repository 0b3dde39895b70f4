import { z } from 'zod';
import { defaultBatchAtoms } from '../../../calculators/batching.js';
import { calculatorSettings } from '../../../calculators/calculator-settings.js';
import { relaxSettings } from '../../../md/relax/relax-settings.js';
import { setting } from '../../settings/setting.js';
import { inputSettings, outputSettings, resultKeysSetting } from '../structures/structure-settings.js';

const { fmax, optimizer, maxSteps, ...others } = relaxSettings.shape;

/** All settings of the task. */
export const relaxTask = z.strictObject({
  ...{ fmax, optimizer, maxSteps },
  withCell: setting(z.boolean().default(false), { flag: 'cell', help: 'relax the cell too' }),
  ...others,
  trajectory: setting(z.string().optional(), { form: 'path', help: 'extended XYZ file for every step' }),
  batchAtoms: setting(z.int().positive().optional(), {
    flag: 'batch',
    form: 'atoms',
    help: 'atoms of several structures that a model calculates at once',
    otherwise: `${defaultBatchAtoms}, or as many as suit a device`,
  }),
  resume: setting(z.boolean().default(false), { help: 'go on where the same relaxation was interrupted' }),
  ...inputSettings.shape,
  ...calculatorSettings.shape,
  ...outputSettings({ help: 'relaxed structures; its ending says the format', otherwise: 'named after the input' })
    .shape,
  resultKeys: resultKeysSetting,
});

/** What is asked for; a relaxation that is resumed has its settings already. */
export type RelaxTaskSettings = Readonly<Partial<z.input<typeof relaxTask>>>;
