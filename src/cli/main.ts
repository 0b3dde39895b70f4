#!/usr/bin/env node
import { LammError } from '../errors.js';
import { tellRepeated } from './output/output.js';
import { reportError } from './output/report-error.js';
import { createProgram } from './program.js';

// A reader that has seen enough, as in `lamm ... | head`, is no mistake: the work goes on and the rest is dropped.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

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
