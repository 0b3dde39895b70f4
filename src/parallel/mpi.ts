import type { Communicator } from './communicator.js';
import { type Collective, type LoadOptions, loadMpiLibrary, type Values } from './mpi-library.js';

/** Up to here a call that blocks is done before a thread would have begun. */
const smallBytes = 1 << 16;
/** Counts in MPI, and sizes in bytes in some implementations, have 31 bits. */
const maxPieceLength = 1 << 26;

/**
 * Joins the processes of an MPI job; disposing of the communicator leaves the job.  Once in the life of a process.
 *
 * Large arrays are summed on another thread, so that this one can prepare its next batch and hear signals in the
 * meantime. MPI itself promises that all ranks get the same bits.
 *
 * @throws {LammError} `engine` when koffi or the library cannot be loaded.
 */
export async function openMpi(options: LoadOptions = {}): Promise<Communicator> {
  const mpi = await loadMpiLibrary(options);
  const threaded = mpi.join();
  let last = Promise.resolve(); // one call at a time
  let joined = true;

  function inTurn(collective: Collective, values: Values): Promise<void> {
    last = last.then(async () => {
      for (const piece of pieces(values)) {
        if (threaded && piece.byteLength > smallBytes) await collective.later(piece);
        else collective.now(piece);
      }
    });
    return last;
  }

  return {
    rank: mpi.rank(),
    size: mpi.size(),
    sum: (values) => inTurn(mpi.sum, values),
    broadcast: (values) => inTurn(mpi.broadcast, values),
    abort(code) {
      joined = false;
      mpi.abort(code);
      throw new Error('MPI_Abort returned');
    },
    [Symbol.dispose]() {
      if (joined) mpi.leave();
      joined = false;
    },
  };
}

/** Views of at most `longest` elements that make up `values`. */
export function* pieces(values: Values, longest = maxPieceLength): Generator<Values> {
  for (let start = 0; start < values.length; start += longest) yield values.subarray(start, start + longest);
}
