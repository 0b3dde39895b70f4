import type { Command } from 'commander';
import { runEosTask } from '../../tasks/eos/run.js';
import { eosTask } from '../../tasks/eos/schema.js';
import { follow } from '../input/follow.js';
import { givenSettings } from '../input/setting-options.js';
import { reportEos } from './eos-report.js';

/** Runs `lamm eos` for one file. */
export async function eos(file: string, { json }: { readonly json?: boolean }, command: Command): Promise<void> {
  const given = await givenSettings(command, eosTask);
  const outcome = await follow(
    command,
    (context) => runEosTask(file, given, context),
    ({ done, point }) => ({ done, note: `${point.volume.toFixed(2)} A^3, ${point.energy.toFixed(4)} eV` }),
  );
  reportEos(outcome, { json, out: given.out });
}
