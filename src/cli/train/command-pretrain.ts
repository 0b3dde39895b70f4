import type { Command } from 'commander';
import { pretrainTask } from '../../tasks/train/schema.js';
import { addJsonOption } from '../input/json-option.js';
import { addSettings } from '../input/setting-options.js';
import { processSettings } from './process-settings.js';

/** `lamm pretrain`: a training as a configuration says. */
export function registerPretrain(command: Command): void {
  addSettings(command, pretrainTask);
  addSettings(command, processSettings);
  addJsonOption(command).action(async (options) => (await import('./training.js')).pretrain(options, command));
}
