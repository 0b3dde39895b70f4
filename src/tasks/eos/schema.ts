import { z } from 'zod';
import { calculatorSettings } from '../../../calculators/calculator-settings.js';
import { relaxSettings } from '../../../md/relax/relax-settings.js';
import { volumeScanSettings } from '../../../md/relax/volume-scan.js';
import { setting } from '../../settings/setting.js';
import { frameSetting, inputSettings, outputSettings, resultKeysSetting } from '../structures/structure-settings.js';

/** All settings of the task: which volumes, and how the atoms are relaxed at each. */
export const eosTask = z.strictObject({
  frame: frameSetting,
  ...volumeScanSettings.shape,
  fmax: setting(z.number().positive().default(0.01), {
    quantity: 'force',
    help: 'at each volume, atoms are relaxed until none feels more',
  }),
  optimizer: relaxSettings.shape.optimizer,
  shape: setting(z.boolean().default(false), { help: 'relax the shape of the cell too' }),
  ...inputSettings.shape,
  ...calculatorSettings.shape,
  ...outputSettings({ help: 'structures at all volumes', otherwise: 'none' }).shape,
  resultKeys: resultKeysSetting,
});

export type EosTaskSettings = Readonly<Partial<z.input<typeof eosTask>>>;
