import type { Command } from 'commander';
import { dataCheckTask } from '../../tasks/data/check/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions } from '../input/shared-options.js';

/** `lamm data check`: what a training would make of files, and whether it should. */
export function registerDataCheck(command: Command): void {
  command.argument(
    '<files...>',
    'structures in any known format, FILE@2 the second of a file, or folders of such files, all of one level of theory; or the YAML file of a training',
  );
  addTaskOptions(addSettings(command, dataCheckTask)).action(async (paths, options) =>
    (await import('./data-check.js')).dataCheck(paths, options, command),
  );
}
