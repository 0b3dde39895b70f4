/** Hands out samples to ranks. */
export interface GreedyAssigner {
  /**
   * Gives every sample, in their order, to the rank with the least cost so far; writes the rank of each to `rankOf`.
   */
  assign(samples: Uint32Array, rankOf: Uint32Array): void;
}

/**
 * Creates an assigner for a number of ranks; `costs` are those of all samples, [N].  A sample takes log(ranks)
 * operations.
 */
export function createGreedyAssigner(costs: Uint32Array, ranks: number): GreedyAssigner {
  const loads = new Float64Array(ranks);
  const heap = new Uint32Array(ranks); // of ranks; the lightest, and among equals the first, is on top

  function isLighter(rank: number, other: number): boolean {
    return loads[rank] < loads[other] || (loads[rank] === loads[other] && rank < other);
  }

  function sinkTop(): void {
    const rank = heap[0];
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child + 1 < ranks && isLighter(heap[child + 1], heap[child])) child++;
      if (child >= ranks || isLighter(rank, heap[child])) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = rank;
  }

  function assign(samples: Uint32Array, rankOf: Uint32Array): void {
    loads.fill(0);
    for (let rank = 0; rank < ranks; rank++) heap[rank] = rank;
    for (let place = 0; place < samples.length; place++) {
      rankOf[place] = heap[0];
      loads[heap[0]] += costs[samples[place]];
      sinkTop();
    }
  }

  return { assign };
}
