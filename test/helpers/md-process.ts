/** `lamm` with the commands of simulations, as a process of its own that tests may kill. */
import { Command } from 'commander';
import { reportError } from '../../src/cli/output/report-error.js';
import { registerMd } from '../../src/cli/simulate/command-md.js';
import { registerRelax } from '../../src/cli/simulate/command-relax.js';

const program = new Command('lamm').exitOverride();
registerMd(program.command('md'));
registerRelax(program.command('relax'));
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
