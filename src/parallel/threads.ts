import { createHash } from 'node:crypto';
import type { Communicator } from './communicator.js';

/** The cores that this rank may run on. */
export interface Cores {
  readonly count: number;
  /** A text that is equal on all ranks that share these cores, and on no other rank. */
  readonly name: string;
}

/** Threads for each of the ranks that share their cores, so that no core has two; all ranks call it together. */
export async function threadsPerRank(communicator: Communicator, { count, name }: Cores): Promise<number> {
  const { rank, size } = communicator;
  const own = Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 12), 16);
  const names = new Float64Array(size);
  names[rank] = own;
  await communicator.sum(names);
  return Math.max(1, Math.floor(count / names.filter((other) => other === own).length));
}
