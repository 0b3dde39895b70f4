import type { Communicator } from '../../src/parallel/communicator.js';

type Values = Float32Array | Float64Array;

/** Ranks within one process, one communicator for each: a call returns once all ranks have made theirs. */
export function joinedCommunicators(size: number): Communicator[] {
  let waiting: { readonly values: Values; readonly rank: number; readonly release: () => void }[] = [];

  /** When the last rank has come, `exchange` changes the arrays of all, which are in the order of the ranks. */
  function meet(rank: number, values: Values, exchange: (all: readonly Values[]) => void): Promise<void> {
    return new Promise((release) => {
      waiting.push({ rank, values, release });
      if (waiting.length < size) return;
      const all = waiting.toSorted((a, b) => a.rank - b.rank);
      waiting = [];
      exchange(all.map((call) => call.values));
      for (const call of all) call.release();
    });
  }

  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    sum: (values) =>
      meet(rank, values, (all) => {
        const total = all[0].map((_, index) => all.reduce((sum, own) => sum + own[index], 0));
        for (const own of all) own.set(total);
      }),
    broadcast: (values) =>
      meet(rank, values, (all) => {
        for (const own of all.slice(1)) own.set(all[0]);
      }),
    abort(code) {
      throw new Error(`rank ${rank} aborted with code ${code}`);
    },
    [Symbol.dispose]() {},
  }));
}
