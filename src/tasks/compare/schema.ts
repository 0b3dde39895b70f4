import { z } from 'zod';
import { setting } from '../../settings/setting.js';

/** All settings of the task. */
export const compareTask = z.strictObject({
  config: setting(z.string(), {
    form: 'file',
    help: 'YAML file with the base configuration, the variants, the seeds and the measure',
    expected: 'the YAML file of a comparison',
  }),
  out: setting(z.string().optional(), {
    letter: 'o',
    form: 'folder',
    help: 'folder for the trainings and the result',
    otherwise: 'the one in the file',
  }),
  launcher: setting(z.string().default('mpirun'), {
    form: 'command',
    help: 'what starts the processes of trainings with several ranks',
    otherwise: 'mpirun -n RANKS',
  }),
});

export type CompareTaskSettings = Readonly<Partial<z.input<typeof compareTask>>>;
