import type { Pairs } from './pair-search.js';

/** Candidate edges in both directions, sorted by (receiver, sender, Sx, Sy, Sz); see `Pairs` for the shifts. */
export interface DirectedPairs {
  /** First edge of each receiver, [N + 1]. */
  readonly rowStart: Int32Array;
  /** [E]. */
  readonly senders: Int32Array;
  /** Row of `shifts` of each edge, [E]. */
  readonly shiftIndices: Int32Array;
  /** The different S, [K x 3]. */
  readonly shifts: Int32Array;
}

/**
 * Lists every pair a second time, turned round.
 *
 * A receiver's edges come from lesser senders (rows before its own, turned round), then from itself and greater senders
 * (its own row). So one pass over the rows in ascending order leaves every row sorted, if equal senders are turned
 * round last to first.
 */
export function createDirectedPairs({ pairCount, rowStart, seconds, shiftIndices, shifts }: Pairs): DirectedPairs {
  const atomCount = rowStart.length - 1;
  const directedStart = directedRowStart(rowStart, seconds);
  const next = directedStart.slice(0, atomCount);
  const senders = new Int32Array(2 * pairCount);
  const directedShifts = new Int32Array(2 * pairCount);
  const lastShift = shifts.length / 3 - 1;
  for (let first = 0; first < atomCount; first++) {
    for (let pair = rowStart[first + 1] - 1; pair >= rowStart[first]; pair--) {
      const edge = next[seconds[pair]]++;
      senders[edge] = first;
      directedShifts[edge] = lastShift - shiftIndices[pair];
    }
    for (let pair = rowStart[first]; pair < rowStart[first + 1]; pair++) {
      const edge = next[first]++;
      senders[edge] = seconds[pair];
      directedShifts[edge] = shiftIndices[pair];
    }
  }
  return { rowStart: directedStart, senders, shiftIndices: directedShifts, shifts };
}

function directedRowStart(rowStart: Int32Array, seconds: Int32Array): Int32Array {
  const start = new Int32Array(rowStart.length);
  for (let pair = 0; pair < seconds.length; pair++) start[seconds[pair] + 1]++;
  for (let atom = 1; atom < start.length; atom++) start[atom] += start[atom - 1] + rowStart[atom] - rowStart[atom - 1];
  return start;
}
