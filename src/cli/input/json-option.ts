import type { Command } from 'commander';

/** Adds `--json`, for results that programs read; `more` says what else is in it. */
export function addJsonOption(command: Command, more = ''): Command {
  return command.option('--json', `print one JSON object on stdout${more}`);
}
