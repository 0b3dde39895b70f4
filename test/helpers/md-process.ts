/** `lamm` with the commands of simulations, as a process of its own that tests may kill. */
import { Command } from 'commander';
import { registerMd } from '../../src/cli/command-md.js';
import { registerRelax } from '../../src/cli/command-relax.js';
import { reportError } from '../../src/cli/report-error.js';

const program = new Command('lamm').exitOverride();
registerMd(program);
registerRelax(program);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
