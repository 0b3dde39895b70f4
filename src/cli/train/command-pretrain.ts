import type { Command } from 'commander';
import { pretrainTask } from '../../tasks/train/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addProcessOptions } from './process-options.js';

/** `lamm pretrain`: a training as a configuration says. */
export function registerPretrain(command: Command): void {
  addProcessOptions(addSettings(command, pretrainTask)).action(async (options) =>
    (await import('./training.js')).pretrain(options, command),
  );
}
