#!/usr/bin/env node
import { LammError } from '../errors.js';
import { writeError } from '../io/bytes/atomic-file.js';
import { tellRepeated } from './output/output.js';
import { reportError } from './output/report-error.js';
import { createProgram } from './program.js';

// A reader that has seen enough, as in `lamm ... | head`, is no mistake: the work goes on and the rest is dropped.
// Results that a full disk does not take are one: the rest is dropped too, but the command says so when it ends.
let failure: unknown;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && stream === process.stdout) failure ??= writeError('the standard output', error);
  });
}
process.on('exit', () => {
  if (failure !== undefined) process.exitCode = reportError(failure);
});

const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  const names =
    error instanceof LammError ? (await import('./input/setting-options.js')).optionNames(program) : undefined;
  process.exitCode = reportError(error, { json: process.argv.includes('--json'), names });
} finally {
  tellRepeated();
}
