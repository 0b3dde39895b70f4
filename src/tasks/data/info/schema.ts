import { z } from 'zod';
import { setting } from '../../../settings/setting.js';
import { dataInputSettings, symmetryToleranceSetting } from '../../structures/structure-settings.js';

/** All settings of the task. */
export const dataInfoTask = z.strictObject({
  full: setting(z.boolean().default(false), { help: 'with --json: every frame with its positions and labels' }),
  symmetry: setting(z.boolean().default(false), {
    help: 'the space groups of the frames that are periodic in all directions',
  }),
  tolerance: symmetryToleranceSetting('symmetry'),
  ...dataInputSettings.shape,
});

export type DataInfoTaskSettings = Readonly<Partial<z.input<typeof dataInfoTask>>>;
