import type { Command } from 'commander';
import { finetuneTask } from '../../tasks/train/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions } from '../input/shared-options.js';
import { processSettings } from './process-settings.js';

/** `lamm finetune`: a training that starts from a model. */
export function registerFinetune(command: Command): void {
  addSettings(command, finetuneTask);
  addSettings(command, processSettings);
  addTaskOptions(command).action(async (options) => (await import('./training.js')).finetune(options, command));
}
