import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A way to start several processes on this machine. */
export interface MpiLauncher {
  readonly family: 'openmpi' | 'mpich';
  readonly command: string;
  /** Command line that starts `program` `count` times. */
  line(count: number, program: readonly string[]): string[];
}

// Open MPI wants to be told that it may run as root, and more processes than cores.
const extra = { openmpi: ['--allow-run-as-root', '--oversubscribe'], mpich: [] };

/**
 * The launchers that are installed, one for each implementation of MPI; none without koffi, which may be missing too.
 */
export function findLaunchers(): MpiLauncher[] {
  if (!existsSync(new URL('../../node_modules/koffi', import.meta.url))) return [];
  const found = new Map<string, MpiLauncher>();
  for (const command of ['mpirun', 'mpirun.openmpi', 'mpirun.mpich']) {
    const { error, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    if (error !== undefined) continue;
    const family = stdout.startsWith('HYDRA') ? 'mpich' : 'openmpi';
    if (found.has(family)) continue;
    const line = (count: number, program: readonly string[]) => [...extra[family], '-n', String(count), ...program];
    found.set(family, { family, command, line });
  }
  return [...found.values()];
}
