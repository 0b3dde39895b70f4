import { z } from 'zod';
import { setting } from '../../../settings/setting.js';
import { configSetting, overridesSetting } from '../../train/schema.js';

/** All settings of the task. */
export const dataPrepareTask = z.strictObject({
  config: configSetting,
  out: setting(z.string(), {
    letter: 'o',
    form: 'folder',
    help: 'folder for the prepared data, which a training names as data.prepared',
    expected: 'a folder',
  }),
  set: overridesSetting,
  verify: setting(z.boolean().default(false), {
    help: 'read what is there and compare it with its hashes, instead of preparing anything',
  }),
  force: setting(z.boolean().default(false), { help: 'prepare again even where nothing has changed' }),
});

export type DataPrepareTaskSettings = Readonly<Partial<z.input<typeof dataPrepareTask>>>;
