import type { Command } from 'commander';
import { compareTask } from '../../tasks/compare/schema.js';
import { addJsonOption } from '../input/json-option.js';
import { addSettings } from '../input/setting-options.js';

/** `lamm compare`: the same training with different settings, several times each. */
export function registerCompare(command: Command): void {
  addJsonOption(addSettings(command, compareTask)).action(async (options) =>
    (await import('./compare.js')).compare(options, command),
  );
}
