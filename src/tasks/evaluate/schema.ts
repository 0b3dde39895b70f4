import { z } from 'zod';
import { calculatorSettings } from '../../../calculators/calculator-settings.js';
import { setting } from '../../settings/setting.js';
import { outputSettings } from '../structures/structure-settings.js';

const key = z.string().optional();

/** All settings of the task. */
export const evaluateTask = z.strictObject({
  energyKey: setting(key, { form: 'key', help: 'key of the energies, when it is not the usual one' }),
  forcesKey: setting(key, { form: 'key', help: 'key of the forces, when it is not the usual one' }),
  by: setting(key, {
    form: 'key',
    help: 'key of the frames, such as a kind or source, by whose values errors are told too',
    otherwise: 'config_type, where frames have it',
  }),
  rereference: setting(z.boolean().default(false), {
    help: 'fit one energy per element to the differences first, for calculators with another zero of energy',
  }),
  ...outputSettings({
    form: 'page.html',
    help: 'a report with parity plots, distributions of errors, errors by element and the worst structures',
    otherwise: 'none',
  }).shape,
  ...calculatorSettings.shape,
});

export type EvaluateTaskSettings = Readonly<Partial<z.input<typeof evaluateTask>>>;
