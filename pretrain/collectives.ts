import { createHash } from 'node:crypto';
import { LammError } from '../src/errors.js';
import type { RunIdentity } from './checkpoint/checkpoint.js';
import type { Communicator } from './parallel/communicator.js';
import type { TrainingState } from './step/training-state.js';

/** Whether any rank says so; all ranks ask together and have the same answer. */
export async function anyRank(communicator: Communicator, says: boolean): Promise<boolean> {
  const votes = Float64Array.of(Number(says));
  await communicator.sum(votes);
  return votes[0] > 0;
}

/**
 * Checks that all ranks begin with the same settings, data and state.
 *
 * @throws {LammError} `usage`, on every rank, when one differs.
 */
export async function assertSameStart(
  communicator: Communicator,
  { identity, state }: { readonly identity: RunIdentity; readonly state: TrainingState },
): Promise<void> {
  const hash = createHash('sha256')
    .update(JSON.stringify([identity, state.progress]))
    .update(state.parameters);
  const own = Number.parseInt(hash.digest('hex').slice(0, 12), 16);
  const first = Float64Array.of(own);
  await communicator.broadcast(first);
  if (!(await anyRank(communicator, first[0] !== own))) return;
  throw new LammError(
    'usage',
    'expected the same configuration, data and checkpoint on all ranks, found others; give every rank the same files',
  );
}
