import { readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Communicator } from '../../parallel/communicator.js';
import { detectLaunch } from '../../parallel/launch.js';
import { openCommunicator } from '../../parallel/open-communicator.js';
import { threadsPerRank } from '../../parallel/threads.js';
import { remark } from '../output/output.js';
import { reportError } from '../output/report-error.js';

export interface RankOptions {
  /** What `--mpi` says. */
  readonly mpi?: string;
  readonly json?: boolean;
  /** What users call settings, by their keys. */
  readonly names?: ReadonlyMap<string, string>;
}

/** Long enough for rank 0 to say the same first, and to end all; without MPI the launcher ends them, after a second. */
const graceMs = { joined: 1000, apart: 3000 };
/** Launchers drop what they have not yet read from a rank when it ends the job. */
const deliveryMs = 300;

/**
 * Runs `work` on this rank, and on those that were started with it.
 *
 * An error on any rank ends all of them, so that none waits for ever, and is reported once: most errors arise on all
 * ranks, and rank 0 is the first to report.
 */
export async function runOnRanks(
  { mpi, json, names }: RankOptions,
  work: (communicator: Communicator) => Promise<void>,
): Promise<void> {
  const { env } = process;
  keepMemoryFunctions(env);
  const library = env.LAMM_MPI_LIBRARY;
  const communicator = await openCommunicator({ mpi, environment: env, ...(library && { library }) }).catch(
    async (error: unknown) => {
      await giveWay(detectLaunch(env)?.rank, graceMs.apart);
      throw error;
    },
  );
  if (communicator.size === 1) {
    using alone = communicator;
    await work(alone);
    return;
  }
  const abort = (code: number) => communicator.abort(code === 0 ? 1 : code); // the others would wait for a rank that just ends
  const fail = async (error: unknown) => {
    await giveWay(communicator.rank, graceMs.joined);
    const code = reportError(error, { json, names });
    await setTimeout(deliveryMs);
    process.exit(code);
  };
  process.once('exit', abort);
  process.once('uncaughtException', fail);
  try {
    await work(communicator);
  } catch (error) {
    await fail(error);
  }
  process.off('exit', abort);
  process.off('uncaughtException', fail);
  communicator[Symbol.dispose]();
}

/**
 * Keeps UCX, which MPICH sends through, from rewriting memory functions of the C library while threads of V8 are in
 * them: about one process in a hundred crashed or hung.  Large messages over InfiniBand are then registered anew each
 * time; who sets one of these variables has chosen.
 */
function keepMemoryFunctions(env: NodeJS.ProcessEnv): void {
  if (!Object.keys(env).some((name) => name.startsWith('UCX_MEM_'))) env.UCX_MEM_EVENTS = 'n';
}

/** Lets rank 0 speak first; whoever speaks after it says who it is. */
async function giveWay(rank: number | undefined, delayMs: number): Promise<void> {
  if (!rank) return;
  await setTimeout(delayMs);
  remark(`on rank ${rank}:`);
}

/** Threads for the engine of this rank: its share of the cores; 0, the choice of the engine, where it is alone. */
export async function shareOfThreads(communicator: Communicator): Promise<number> {
  if (communicator.size === 1) return 0;
  return threadsPerRank(communicator, { count: availableParallelism(), name: `${hostname()} ${readAllowedCores()}` });
}

/** The cores to which the launcher has bound this process, as Linux writes them; nothing elsewhere. */
function readAllowedCores(): string {
  try {
    return /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
