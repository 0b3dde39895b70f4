/**
 * Waits until all work has ended, whatever becomes of it, so that nothing is cleaned up under work that goes on.
 *
 * @throws the first failure, in their order.
 */
export async function allEnded(works: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works)) if (outcome.status === 'rejected') throw outcome.reason;
}
