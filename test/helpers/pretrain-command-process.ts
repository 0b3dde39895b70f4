/** `lamm` with the commands that train, as a process of its own that tests may interrupt. */
import { Command } from 'commander';
import { reportError } from '../../src/cli/output/report-error.js';
import { registerCompare } from '../../src/cli/train/command-compare.js';
import { registerPretrain } from '../../src/cli/train/command-pretrain.js';

const program = new Command('lamm').exitOverride();
registerPretrain(program.command('pretrain'));
registerCompare(program.command('compare'));
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
