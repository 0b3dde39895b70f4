import type { Command } from 'commander';
import { reportTask } from '../../tasks/report/schema.js';
import { addJsonOption } from '../input/json-option.js';
import { addSettings } from '../input/setting-options.js';

/** `lamm report`: learning curves of trainings. */
export function registerReport(command: Command): void {
  command.argument('<runs...>', 'folders of trainings, running or done; NAME=FOLDER names one');
  addJsonOption(addSettings(command, reportTask)).action(async (paths, options) =>
    (await import('./report.js')).report(paths, options, command),
  );
}
