import type { Command } from 'commander';
import { finetuneTask } from '../../tasks/train/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addProcessOptions } from './process-options.js';

/** `lamm finetune`: a training that starts from a model. */
export function registerFinetune(command: Command): void {
  addProcessOptions(addSettings(command, finetuneTask)).action(async (options) =>
    (await import('./training.js')).finetune(options, command),
  );
}
