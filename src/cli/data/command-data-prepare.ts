import type { Command } from 'commander';
import { dataPrepareTask } from '../../tasks/data/prepare/schema.js';
import { addJsonOption } from '../input/json-option.js';
import { addSettings } from '../input/setting-options.js';

/** `lamm data prepare`: the samples of a training in a form that needs no parsing. */
export function registerDataPrepare(command: Command): void {
  addJsonOption(addSettings(command, dataPrepareTask), ', with every frame that is left out').action(async (options) =>
    (await import('./data-prepare.js')).dataPrepare(options, command),
  );
}
