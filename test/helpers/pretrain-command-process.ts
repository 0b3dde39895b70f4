/** `lamm` with the commands that train, as a process of its own that tests may interrupt. */
import { Command } from 'commander';
import { registerCompare } from '../../src/cli/command-compare.js';
import { registerPretrain } from '../../src/cli/command-pretrain.js';
import { reportError } from '../../src/cli/report-error.js';

const program = new Command('lamm').exitOverride();
registerPretrain(program);
registerCompare(program);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
