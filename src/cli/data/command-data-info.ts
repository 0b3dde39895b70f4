import type { Command } from 'commander';
import { dataInfoTask } from '../../tasks/data/info/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions, filesArgument } from '../input/shared-options.js';

/** `lamm data info`: what files of structures hold, and which labels are read from them. */
export function registerDataInfo(command: Command): void {
  command.argument(...filesArgument);
  addTaskOptions(addSettings(command, dataInfoTask)).action(async (paths, options) =>
    (await import('./data-info.js')).dataInfo(paths, options, command),
  );
}
