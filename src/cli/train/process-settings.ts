import { z } from 'zod';
import { mostThreads } from '../../../calculators/calculator-options.js';
import { setting } from '../../settings/setting.js';

/** A bare number would mean femtoseconds, and is refused with anything else below a millisecond. */
const minTimeLimitFs = 1e12;

/** What a command that trains is told of its processes. */
export const processSettings = z.strictObject({
  timeLimitFs: setting(z.number().min(minTimeLimitFs).optional(), {
    flag: 'time-limit',
    form: 'duration',
    quantity: 'time',
    help: 'stop after this time, such as "55 min", with a checkpoint',
    expected: 'a duration such as "55 min" or "2 hours"',
  }),
  mpi: setting(z.string().optional(), {
    form: 'library',
    help: 'library of MPI to join the processes with that were started together, or off',
    otherwise: 'what fits their launcher',
  }),
  threads: setting(z.int().min(1).max(mostThreads).optional(), {
    help: 'threads of each process',
    otherwise: 'its share of the machine',
  }),
});

export type ProcessSettings = Readonly<z.output<typeof processSettings>>;
