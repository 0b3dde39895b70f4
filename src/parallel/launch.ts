/** Environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Implementations whose launcher and library have to match. */
export type MpiFamily = 'openmpi' | 'mpich';

/** What the environment says of the job that this process was started in. */
export interface Launch {
  /** For messages. */
  readonly launcher: string;
  /** Absent where the launcher works with several. */
  readonly family?: MpiFamily;
  /** Place of this process in the job, from 0. */
  readonly rank: number;
  /** Absent where the launcher does not say. */
  readonly size?: number;
}

interface Sign {
  readonly launcher: string;
  readonly family?: MpiFamily;
  readonly rank: string;
  readonly size?: string;
}

// Slurm is last but one: mpirun starts its own daemons with srun, whose variables then are those of the daemons.
const signs: readonly Sign[] = [
  { launcher: 'mpirun of Open MPI', family: 'openmpi', rank: 'OMPI_COMM_WORLD_RANK', size: 'OMPI_COMM_WORLD_SIZE' },
  { launcher: 'mpirun of MPICH or a relative', family: 'mpich', rank: 'PMI_RANK', size: 'PMI_SIZE' },
  { launcher: 'srun', rank: 'SLURM_PROCID', size: 'SLURM_STEP_NUM_TASKS' },
  { launcher: 'a launcher that speaks PMIx', rank: 'PMIX_RANK' },
];

/**
 * Finds out whether this process was started as one of several; undefined where it is alone.
 *
 * A batch script of Slurm, or a shell within an allocation, is alone: only `srun` sets the number of tasks of a step.
 */
export function detectLaunch(environment: Environment): Launch | undefined {
  const sign = signs.find(({ rank, size }) => isCount(environment[rank]) && (!size || isCount(environment[size])));
  if (sign === undefined) return undefined;
  const { launcher, family } = sign;
  const size = sign.size === undefined ? undefined : Number(environment[sign.size]);
  if (size === 1) return undefined;
  // Under Slurm either library may speak PMI.
  const libraryIsKnown = family !== undefined && (family === 'openmpi' || environment.SLURM_STEP_ID === undefined);
  const rank = Number(environment[sign.rank]);
  return { launcher, rank, ...(libraryIsKnown && { family }), ...(size !== undefined && { size }) };
}

function isCount(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text);
}
