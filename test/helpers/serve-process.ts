/** `lamm` with the commands that speak the i-PI protocol, as a process of its own. */
import { Command } from 'commander';
import { reportError } from '../../src/cli/output/report-error.js';
import { registerMd } from '../../src/cli/simulate/command-md.js';
import { registerRelax } from '../../src/cli/simulate/command-relax.js';
import { registerServe } from '../../src/cli/simulate/command-serve.js';
import { registerSinglepoint } from '../../src/cli/simulate/command-singlepoint.js';

const program = new Command('lamm').exitOverride();
registerServe(program.command('serve'));
registerSinglepoint(program.command('singlepoint'));
registerRelax(program.command('relax'));
registerMd(program.command('md'));
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
