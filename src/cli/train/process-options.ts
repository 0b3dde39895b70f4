import { type Command, Option } from 'commander';
import { parseCount } from '../input/shared-options.js';

/** What a command that trains is told of its processes. */
export interface ProcessOptions {
  readonly timeLimit?: string;
  readonly mpi?: string;
  readonly threads?: number;
  readonly json?: boolean;
}

/** Adds `--time-limit`, `--threads`, `--mpi` and `--json`. */
export function addProcessOptions(command: Command): Command {
  return command
    .option('--time-limit <duration>', 'stop after this time, such as "55 min", with a checkpoint')
    .option(
      '--mpi <library>',
      'library of MPI to join the processes with that were started together, or off (default: what fits their launcher)',
    )
    .addOption(
      new Option('--threads <count>', 'threads of each process (default: its share of the machine)').argParser(
        parseCount,
      ),
    )
    .option('--json', 'print one JSON object on stdout');
}
