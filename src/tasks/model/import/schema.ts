import { z } from 'zod';
import { setting } from '../../../settings/setting.js';
import { outputSettings } from '../../structures/structure-settings.js';

/** All settings of the task. */
export const modelImportTask = z.strictObject({
  ...outputSettings({ help: 'model file', otherwise: 'the name of the checkpoint with .safetensors' }).shape,
  ema: setting(z.boolean().optional(), {
    help: 'take the moving average of the weights where the checkpoint has it',
    otherwise: 'as the original program does',
    no: 'take the last weights where the checkpoint has their moving average too',
  }),
  license: setting(z.string().optional(), {
    form: 'name',
    help: 'licence of the weights, to be kept with the model',
    otherwise: 'unknown',
  }),
});

export type ModelImportTaskSettings = Readonly<Partial<z.input<typeof modelImportTask>>>;
