import { z } from 'zod';
import { projectionMethods } from '../../../pretrain/embedding/project.js';
import { setting } from '../../settings/setting.js';
import { inputSettings, outputSettings } from '../structures/structure-settings.js';

const count = z.int().positive();

/** All settings of the task. */
export const embedTask = z.strictObject({
  model: setting(z.string().optional(), {
    form: 'path',
    help: 'file of a model of your own, instead of the embedded one',
  }),
  method: setting(z.enum(projectionMethods).default('umap'), { form: 'name', help: 'how maps are made' }),
  neighbors: setting(count.default(15), { help: 'neighbours that UMAP keeps near' }),
  limit: setting(count.default(300), { form: 'frames', help: 'at most this many frames of a file, drawn at random' }),
  seed: setting(z.int().nonnegative().default(1), { form: 'number', help: 'seed of what is random' }),
  occupancy: inputSettings.shape.occupancy,
  threads: setting(count.optional(), { help: 'threads of the numeric engine' }),
  ...outputSettings({
    help: 'page (.html), everything (.json) or features (.csv)',
    otherwise: 'a page named after the input',
  }).shape,
});

export type EmbedTaskSettings = Readonly<Partial<z.input<typeof embedTask>>>;
