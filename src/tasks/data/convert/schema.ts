import { z } from 'zod';
import { writableEndings, writableFormats } from '../../../io/formats.js';
import { setting } from '../../../settings/setting.js';
import { dataInputSettings, outputSettings, symmetryToleranceSetting } from '../../structures/structure-settings.js';

/** All settings of the task. */
export const dataConvertTask = z.strictObject({
  to: setting(z.enum(writableFormats).optional(), {
    form: 'format',
    help: 'format to write, where the name does not say it',
  }),
  index: setting(z.string().optional(), {
    form: 'range',
    help: 'one frame of each file by number from 0, or a range such as 0:100:10',
  }),
  skipRefused: setting(z.boolean().default(false), {
    help: 'leave out the records of an SD file and the blocks of a CIF that are no structures, and count them',
  }),
  cell: setting(z.enum(['primitive', 'conventional']).optional(), {
    form: 'kind',
    help: 'write crystals in the standard cell of their space group, without labels',
  }),
  tolerance: symmetryToleranceSetting('cell'),
  ...dataInputSettings.shape,
  ...outputSettings({
    help: `output file; its ending says the format (${writableEndings()}, and .gz)`,
    otherwise: 'named after the input',
  }).shape,
});

export type DataConvertTaskSettings = Readonly<Partial<z.input<typeof dataConvertTask>>>;
