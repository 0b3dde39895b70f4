import { z } from 'zod';
import type { WritableFormat } from '../../../io/formats.js';
import { setting } from '../../../settings/setting.js';
import { dataInputSettings, outputSettings, symmetryToleranceSetting } from '../../structures/settings.js';

const formats = ['extxyz', 'cif', 'poscar'] as const satisfies readonly WritableFormat[];

/** All settings of the task. */
export const dataConvertTask = z.strictObject({
  to: setting(z.enum(formats).optional(), {
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
    help: 'output file; its ending says the format (.extxyz, .cif or .vasp, and .gz)',
    otherwise: 'named after the input',
  }).shape,
});

export type DataConvertTaskSettings = Readonly<Partial<z.input<typeof dataConvertTask>>>;
