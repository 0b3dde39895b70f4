import type { Command } from 'commander';
import { analyzeTask, viewTask } from '../../tasks/analyze/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions } from '../input/shared-options.js';

const trajectoryArgument = ['<trajectory>', 'frames in any known format; - for the standard input'] as const;

/** `lamm analyze`: structure, transport and vibrations from a trajectory. */
export function registerAnalyze(command: Command): void {
  command.argument(...trajectoryArgument);
  addTaskOptions(addSettings(command, analyzeTask)).action(async (file, options) =>
    (await import('./analyze.js')).analyze(file, options, command),
  );
}

/** `lamm view`: the same as a page to look at. */
export function registerView(command: Command): void {
  command.argument(...trajectoryArgument);
  addTaskOptions(addSettings(command, viewTask)).action(async (file, options) =>
    (await import('./analyze.js')).view(file, options, command),
  );
}
