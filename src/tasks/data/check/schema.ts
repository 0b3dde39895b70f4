import { z } from 'zod';
import { maximumResidualSchema } from '../../../../pretrain/config/data-config.js';
import { setting } from '../../../settings/setting.js';
import { dataInputSettings } from '../../structures/structure-settings.js';

const key = z.string().optional();
const { occupancy, keepUnconverged, strict } = dataInputSettings.shape;

/** All settings of the task; files of trainings say the same themselves. */
export const dataCheckTask = z.strictObject({
  energyKey: setting(key, { form: 'key', help: 'key of the energies, when it is not the usual one' }),
  forcesKey: setting(key, { form: 'key', help: 'key of the forces, when it is not the usual one' }),
  unlabelled: setting(z.boolean().default(false), {
    help: 'the files need no labels, for training on structures alone',
  }),
  maxResidual: setting(maximumResidualSchema, {
    form: 'number',
    help: 'largest distance from the reference fit, in eV/atom, that is no mistake',
  }),
  occupancy,
  keepUnconverged,
  strict,
});

export type DataCheckTaskSettings = Readonly<Partial<z.input<typeof dataCheckTask>>>;
