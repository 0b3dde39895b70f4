import type { Command } from 'commander';
import { embedTask } from '../../tasks/embed/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions } from '../input/shared-options.js';

/** `lamm embed`: where structures and elements lie in the space of a model's features. */
export function registerEmbed(command: Command): void {
  command.argument('<files...>', 'files with structures; each file is a data set, in one file each config_type is');
  addTaskOptions(addSettings(command, embedTask)).action(async (files, options) =>
    (await import('./embed.js')).embed(files, options, command),
  );
}
