import type { Command } from 'commander';
import { serveTask } from '../../tasks/serve/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions } from '../input/shared-options.js';

/** `lamm serve`: energies and forces for i-PI, ASE or LAMMPS, over the i-PI protocol. */
export function registerServe(command: Command): void {
  command.argument('<structure>', 'the atoms, in the order of the other program; - for the standard input');
  addTaskOptions(addSettings(command, serveTask)).action(async (file, options) =>
    (await import('./serve.js')).serve(file, options, command),
  );
}
