import type { Command } from 'commander';
import { dataSplitTask } from '../../tasks/data/split/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions } from '../input/shared-options.js';

/** `lamm data split`: distributes the frames of files over several new ones. */
export function registerDataSplit(command: Command): void {
  command.argument('<files...>', 'structures in any known format, or folders of such files');
  addTaskOptions(addSettings(command, dataSplitTask)).action(async (paths, options) =>
    (await import('./data-split.js')).dataSplit(paths, options, command),
  );
}
