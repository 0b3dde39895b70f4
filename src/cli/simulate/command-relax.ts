import type { Command } from 'commander';
import { relaxTask } from '../../tasks/relax/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions, filesArgument } from '../input/shared-options.js';

/** `lamm relax`: structures to their nearest energy minimum. */
export function registerRelax(command: Command): void {
  command.argument(...filesArgument);
  addTaskOptions(addSettings(command, relaxTask)).action(async (files, options) =>
    (await import('./relax.js')).relax(files, options, command),
  );
}
