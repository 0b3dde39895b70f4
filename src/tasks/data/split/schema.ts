import { z } from 'zod';
import { splitMethods } from '../../../../pretrain/dataset/load/split.js';
import { writableEndings } from '../../../io/formats.js';
import { setting } from '../../../settings/setting.js';
import { dataInputSettings, outputSettings } from '../../structures/structure-settings.js';
import { parseParts } from './parse-parts.js';

const partsSchema = z.array(z.strictObject({ name: z.string(), fraction: z.number().positive() })).readonly();

/** All settings of the task. */
export const dataSplitTask = z.strictObject({
  parts: setting(
    partsSchema.default([
      { name: 'train', fraction: 0.9 },
      { name: 'validation', fraction: 0.1 },
    ]),
    {
      form: 'name=fraction,...',
      help: 'names and fractions of the parts',
      otherwise: 'train=0.9,validation=0.1',
      expected: 'parts with a name and a fraction above 0',
      parse: parseParts,
    },
  ),
  by: setting(z.enum(splitMethods).default('random'), {
    form: 'method',
    help: 'random: shuffled by `seed`; hash: by the content, so a frame keeps its part when the set grows',
  }),
  seed: setting(z.int().nonnegative().default(0), { form: 'number', help: 'another number gives another split' }),
  group: setting(z.string().optional(), {
    form: 'key',
    help: 'keep frames together that have the same value of this key, or "formula" for the same formula',
  }),
  ...dataInputSettings.shape,
  ...outputSettings({
    help: `name of the outputs, to which -PART is added; it ends in ${writableEndings({ many: true })} (and .gz)`,
    otherwise: 'named after the first input',
  }).shape,
});

export type DataSplitTaskSettings = Readonly<Partial<z.input<typeof dataSplitTask>>>;
