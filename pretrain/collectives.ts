import { createHash } from 'node:crypto';
import { LammError } from '../src/errors.js';
import { anyRank } from '../src/parallel/any-rank.js';
import type { Communicator } from '../src/parallel/communicator.js';
import type { RunIdentity } from './checkpoint/training-checkpoint.js';
import type { TrainingState } from './step/training-state.js';

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
