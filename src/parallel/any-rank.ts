import type { Communicator } from './communicator.js';

/** Whether any rank says so; all ranks ask together and have the same answer. */
export async function anyRank(communicator: Communicator, says: boolean): Promise<boolean> {
  const votes = Float64Array.of(Number(says));
  await communicator.sum(votes);
  return votes[0] > 0;
}
