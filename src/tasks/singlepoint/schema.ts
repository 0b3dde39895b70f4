import { z } from 'zod';
import { calculatorSettings } from '../../../calculators/calculator-settings.js';
import { inputSettings, outputSettings, resultKeysSetting } from '../structures/structure-settings.js';

/** All settings of the task. */
export const singlepointTask = z.strictObject({
  ...inputSettings.shape,
  ...calculatorSettings.shape,
  ...outputSettings({
    help: 'structures with their results',
    otherwise: 'named after the input; nothing with `json`',
  }).shape,
  resultKeys: resultKeysSetting,
});

export type SinglepointTaskSettings = Readonly<Partial<z.input<typeof singlepointTask>>>;
