import type { Command } from 'commander';
import { compareTask } from '../../tasks/compare/schema.js';
import { addSettings } from '../input/setting-options.js';

/** `lamm compare`: the same training with different settings, several times each. */
export function registerCompare(command: Command): void {
  addSettings(command, compareTask)
    .option('--json', 'print one JSON object on stdout')
    .action(async (options) => (await import('./compare.js')).compare(options, command));
}
