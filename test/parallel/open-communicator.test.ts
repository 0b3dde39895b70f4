import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openCommunicator } from '../../src/parallel/open-communicator.js';
import { findLaunchers } from '../helpers/mpi-launchers.js';

const launched = { PMI_RANK: '1', PMI_SIZE: '3' };

describe('a communicator', () => {
  it.each<[string, Parameters<typeof openCommunicator>[0]]>([
    ['nobody started others', { environment: {} }],
    ['the user wants it', { mpi: 'off', environment: launched }],
    ['a library is named, but there are no others', { library: 'nowhere.so', environment: {} }],
  ])('is of one process where %s', async (_, options) => {
    using communicator = await openCommunicator(options);
    const values = Float32Array.of(1, 2);
    await communicator.sum(values);
    await communicator.broadcast(values);
    expect({ rank: communicator.rank, size: communicator.size, values }).toEqual({
      rank: 0,
      size: 1,
      values: Float32Array.of(1, 2),
    });
  });

  it('refuses to train N times where the library cannot be loaded, and names it', async () => {
    const opening = openCommunicator({ library: '/nowhere/libmpi.so', environment: launched });
    await expect(opening).rejects.toThrow(/library of MPI cannot be loaded: .*\/nowhere\/libmpi\.so.*LAMM_MPI_LIBRARY/);
    await expect(opening).rejects.toMatchObject({ code: 'engine' });
  });

  it('refuses a library that is not of MPI', async ({ skip }) => {
    const other = '/lib/x86_64-linux-gnu/libm.so.6';
    if (!existsSync(other)) skip('this is no Debian on x86');
    await expect(openCommunicator({ mpi: other, environment: {} })).rejects.toThrow(
      /the library of MPI cannot be loaded: .*MPI_Get_library_version/,
    );
  });

  it('refuses a library that does not know the others', async ({ skip }) => {
    if (findLaunchers().length === 0) skip('no MPI is installed here');
    // Nobody has started these three, so the library finds itself alone.
    const opening = openCommunicator({
      environment: { SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '3', SLURM_STEP_ID: '0' },
    });
    await expect(opening).rejects.toThrow(/srun started 3 processes, but the library of MPI joins 1: .*--mpi=pmix/);
  });
});
