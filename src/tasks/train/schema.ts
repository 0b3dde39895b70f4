import { z } from 'zod';
import { finetuneSettings } from '../../../pretrain/config/finetune-config.js';
import { listedText, setting } from '../../settings/setting.js';

/** The configuration of a training. */
export const configSetting = setting(z.string(), {
  form: 'file',
  help: 'YAML file with the model, the data and the training',
  expected: 'the YAML file of a training',
});

/** Settings of the configuration that are replaced. */
export const overridesSetting = setting(z.array(z.string()).readonly().default([]), {
  form: 'key=value',
  help: 'replace one setting of the configuration, such as training.length=10epochs',
  parse: listedText,
});

/** What every training may be told beside its configuration. */
const trainSettings = z.strictObject({
  set: overridesSetting,
  resume: setting(z.boolean().default(false), { help: 'carry on from the newest checkpoint, if there is one' }),
  force: setting(z.boolean().default(false), { help: 'begin again in a folder that holds a training' }),
});

const out = { letter: 'o', form: 'folder', help: 'folder for the model, checkpoints and metrics' };

/** All settings of the task `pretrain`. */
export const pretrainTask = z.strictObject({
  config: configSetting,
  out: setting(z.string().optional(), { ...out, otherwise: 'the one in the file' }),
  ...trainSettings.shape,
});

/** All settings of the task `finetune`. */
export const finetuneTask = z.strictObject({
  model: setting(z.string().optional(), {
    form: 'file',
    help: 'model to start from',
    otherwise: 'the one that comes with the program',
  }),
  ...finetuneSettings.shape,
  out: setting(z.string(), { ...out, expected: 'a folder' }),
  ...trainSettings.shape,
});

export type PretrainTaskSettings = Readonly<Partial<z.input<typeof pretrainTask>>>;
export type FinetuneTaskSettings = Readonly<Partial<z.input<typeof finetuneTask>>>;
export type TrainSettings = Readonly<z.output<typeof trainSettings>>;
