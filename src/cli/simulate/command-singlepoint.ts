import type { Command } from 'commander';
import { singlepointTask } from '../../tasks/singlepoint/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions, filesArgument } from '../input/shared-options.js';

/** `lamm singlepoint`: energy, forces and stress of structures as they are. */
export function registerSinglepoint(command: Command): void {
  command.argument(...filesArgument);
  addTaskOptions(addSettings(command, singlepointTask)).action(async (files, options) =>
    (await import('./singlepoint.js')).singlepoint(files, options, command),
  );
}
