#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { applyConfigFile } from './config-file.js';
import { reportError } from './report-error.js';

// A reader that has seen enough, as in `lamm ... | head`, is no mistake: the work goes on and the rest is dropped.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportError(error, { json: process.argv.includes('--json') });
}

function createProgram(): Command {
  const program = new Command('lamm')
    .description('Atomistic simulation with neural potentials: energies, relaxation, molecular dynamics and training.')
    .version(readVersion(), '--version')
    .exitOverride()
    .configureOutput({ outputError: () => undefined }) // reportError says it, once
    .showSuggestionAfterError()
    .hook('preAction', (_, command) => applyConfigFile(command));
  const data = program.command('data').description('look at sets of structures');
  const model = program.command('model').description('look at models');
  return program;
}

/** Version of the package; this file lies three folders below its root. */
function readVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string }; // our own package.json
  return version;
}
