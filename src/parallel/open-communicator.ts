import { LammError } from '../errors.js';
import { type Communicator, singleProcess } from './communicator.js';
import { detectLaunch, type Environment } from './launch.js';
import { openMpi } from './mpi.js';

export interface CommunicatorOptions {
  /**
   * `auto`: with the processes that were started together; `off`: alone; or the library to join with, however this
   * process was started.
   */
  readonly mpi?: string;
  /** Library to use for `auto`, instead of the one that fits the launcher. */
  readonly library?: string;
  readonly environment: Environment;
}

/**
 * Joins the processes that this one was started with, or trains alone where there are none.
 *
 * @throws {LammError} `engine` when it was started as one of several, but they cannot be joined: never N trainings in
 *   one folder.
 */
export async function openCommunicator({
  mpi = 'auto',
  library,
  environment,
}: CommunicatorOptions): Promise<Communicator> {
  if (mpi === 'off') return singleProcess();
  const launch = detectLaunch(environment);
  if (mpi === 'auto' && launch === undefined) return singleProcess();
  const communicator = await openMpi({
    ...(launch?.family && { family: launch.family }),
    library: mpi === 'auto' ? library : mpi,
  });
  const { size } = communicator;
  if (launch?.size === undefined || launch.size === size) return communicator;
  communicator[Symbol.dispose]();
  throw new LammError(
    'engine',
    `${launch.launcher} started ${launch.size} processes, but the library of MPI joins ${size}: ` +
      'it belongs to another MPI; name the right libmpi in LAMM_MPI_LIBRARY (with srun, also try --mpi=pmix or --mpi=pmi2), or train alone with `mpi: off`',
  );
}
