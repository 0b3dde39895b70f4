import { z } from 'zod';
import { calculatorSettings } from '../../../calculators/calculator-settings.js';
import { setting } from '../../settings/setting.js';
import { frameSetting, inputSettings } from '../structures/structure-settings.js';

/** All settings of the task. */
export const serveTask = z.strictObject({
  ipi: setting(z.string(), {
    form: 'address',
    help: 'where the other program listens: unix:NAME (/tmp/ipi_NAME), /full/path or HOST:PORT',
    expected: 'the address of the other program, such as unix:lamm',
  }),
  frame: frameSetting,
  occupancy: inputSettings.shape.occupancy,
  connectTimeoutS: setting(z.int().positive().default(60), {
    flag: 'connect-timeout',
    form: 'seconds',
    help: 'how long to wait for the other program',
  }),
  ...calculatorSettings.shape,
});

export type ServeTaskSettings = Readonly<Partial<z.input<typeof serveTask>>>;
