/** `lamm` with the commands that speak the i-PI protocol, as a process of its own. */
import { Command } from 'commander';
import { registerMd } from '../../src/cli/command-md.js';
import { registerRelax } from '../../src/cli/command-relax.js';
import { registerServe } from '../../src/cli/command-serve.js';
import { registerSinglepoint } from '../../src/cli/command-singlepoint.js';
import { reportError } from '../../src/cli/report-error.js';

const program = new Command('lamm').exitOverride();
registerServe(program);
registerSinglepoint(program);
registerRelax(program);
registerMd(program);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
