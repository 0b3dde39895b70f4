import type { Command } from 'commander';
import { mdTask } from '../../tasks/md/schema.js';
import { addSettings } from '../input/setting-options.js';
import { addTaskOptions } from '../input/shared-options.js';

const examples = `
Examples:
  lamm md copper.cif --supercell 3,3,3 --steps 2000 --timestep 2fs --temperature 300K
  lamm md copper.cif --supercell 3,3,3 --steps 50000 --ensemble npt-rescale --pressure 1bar --analyze all --report copper.html
  lamm md copper.cif --steps 100000 --resume      goes on to a new total, with everything else as it was`;

/** `lamm md`: molecular dynamics into a trajectory, a log and a checkpoint. */
export function registerMd(command: Command): void {
  command.argument('<file>', 'structure in any known format; - for the standard input');
  addTaskOptions(addSettings(command, mdTask))
    .addHelpText('after', examples)
    .action(async (file, options) => (await import('./md.js')).md(file, options, command));
}
