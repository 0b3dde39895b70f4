import type { Command } from 'commander';
import { eosTask } from '../../tasks/eos/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions } from '../input/shared-options.js';

/** `lamm eos`: energy against volume, and what follows from it. */
export function registerEos(command: Command): void {
  command.argument('<file>', 'crystal in any known format, near its equilibrium volume; - for the standard input');
  addTaskOptions(addSettings(command, eosTask)).action(async (file, options) =>
    (await import('./eos.js')).eos(file, options, command),
  );
}
