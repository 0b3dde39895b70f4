import { describe, expect, it } from 'vitest';
import { detectLaunch } from '../../src/parallel/launch.js';

/** What `srun` tells each task, and a batch script. */
const slurmStep = { SLURM_JOB_ID: '7', SLURM_STEP_ID: '0', SLURM_PROCID: '3', SLURM_STEP_NUM_TASKS: '8' };
const slurmBatch = { SLURM_JOB_ID: '7', SLURM_PROCID: '0', SLURM_NTASKS: '8', SLURM_LOCALID: '0' };

describe('the launcher of a process', () => {
  it('is Open MPI, whose library has to be its own', () => {
    const environment = { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '4', PMIX_RANK: '1' };
    expect(detectLaunch(environment)).toEqual({
      launcher: 'mpirun of Open MPI',
      family: 'openmpi',
      rank: 1,
      size: 4,
    });
  });

  it('is MPICH, Intel MPI or another with the same interface', () => {
    expect(detectLaunch({ PMI_RANK: '0', PMI_SIZE: '2' })).toMatchObject({ family: 'mpich', rank: 0, size: 2 });
  });

  it('is srun, whatever the library', () => {
    expect(detectLaunch(slurmStep)).toEqual({ launcher: 'srun', rank: 3, size: 8 });
    const pmi2 = detectLaunch({ ...slurmStep, PMI_RANK: '3', PMI_SIZE: '8' });
    expect(pmi2).toMatchObject({ rank: 3, size: 8 });
    expect(pmi2).not.toHaveProperty('family');
  });

  it('is mpirun, where mpirun has srun start its daemons', () => {
    const daemons = { ...slurmStep, SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '2' };
    expect(detectLaunch({ ...daemons, OMPI_COMM_WORLD_RANK: '5', OMPI_COMM_WORLD_SIZE: '16' })).toMatchObject({
      family: 'openmpi',
      rank: 5,
      size: 16,
    });
    expect(detectLaunch({ ...daemons, PMI_RANK: '5', PMI_SIZE: '16' })).toMatchObject({ rank: 5, size: 16 });
  });

  it('may not say how many there are', () => {
    expect(detectLaunch({ PMIX_RANK: '2', PMIX_NAMESPACE: 'x' })).toMatchObject({ rank: 2 });
  });

  it.each<[string, Record<string, string>]>([
    ['a process of its own', {}],
    ['a batch script', slurmBatch],
    ['a shell in an allocation', { ...slurmStep, SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1' }],
    ['mpirun -n 1', { OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '1', PMIX_RANK: '0' }],
    ['variables without values', { PMI_RANK: '', PMI_SIZE: '' }],
  ])('is none for %s', (_, environment) => {
    expect(detectLaunch(environment)).toBeUndefined();
  });
});
