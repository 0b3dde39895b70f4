/** `lamm` with the command that trains, as a process of its own that tests may interrupt. */
import { Command } from 'commander';
import { registerPretrain } from '../../src/cli/command-pretrain.js';
import { reportError } from '../../src/cli/report-error.js';

const program = new Command('lamm').exitOverride();
registerPretrain(program);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
