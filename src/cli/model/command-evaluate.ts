import type { Command } from 'commander';
import { evaluateTask } from '../../tasks/evaluate/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions } from '../input/shared-options.js';

/** `lamm evaluate`: errors of a model or calculator against the labels of structures. */
export function registerEvaluate(command: Command): void {
  command.argument('<files...>', 'files with labelled structures');
  addTaskOptions(addSettings(command, evaluateTask)).action(async (files, options) =>
    (await import('./evaluate.js')).evaluate(files, options, command),
  );
}
