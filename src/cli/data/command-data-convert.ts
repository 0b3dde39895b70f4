import type { Command } from 'commander';
import { dataConvertTask } from '../../tasks/data/convert/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions } from '../input/shared-options.js';

/** `lamm data convert`: writes structures of any known format in another one, with all their labels. */
export function registerDataConvert(command: Command): void {
  command.argument(
    '<files...>',
    'structures in any known format, FILE@2 the second of a file, or folders of such files, written one after another; - for the standard input',
  );
  addTaskOptions(addSettings(command, dataConvertTask)).action(async (files, options) =>
    (await import('./data-convert.js')).dataConvert(files, options, command),
  );
}
