import { multiplyRows } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';
import { createDirectedPairs, type DirectedPairs } from './directed-pairs.js';
import { createEdgeBuffers, filterEdges, firstEdges, type NeighborList } from './neighbor-list.js';
import { createSkinSearch, type VerletOptions } from './skin-search.js';

/** A neighbour list that is cheap to bring up to date while atoms move little. */
export interface VerletList {
  /**
   * The list of `system`, equal to `neighborList(system, cutoff)` in every bit; its arrays are reused by the next call.
   */
  update(system: AtomicSystem): NeighborList;
  /** How often candidates were searched for. */
  readonly buildCount: number;
}

interface Candidates {
  readonly directed: DirectedPairs;
  /** S . cell in A, [K x 3]. */
  readonly offsets: Float64Array;
  list: NeighborList;
}

/** Creates a neighbour list that keeps candidates up to `cutoff + skin` (A) and filters them at each update. */
export function createVerletList({ cutoff, skin }: VerletOptions): VerletList {
  let buffers = createEdgeBuffers(0);
  const search = createSkinSearch<Candidates>({ cutoff, skin }, (pairs) => {
    const directed = createDirectedPairs(pairs);
    if (buffers.senders.length < directed.senders.length) buffers = createEdgeBuffers(directed.senders.length);
    return { directed, offsets: new Float64Array(pairs.shifts.length), list: firstEdges(buffers, 0) };
  });
  return {
    get buildCount() {
      return search.buildCount;
    },
    update(system) {
      const candidates = search.update(system);
      const { directed, offsets } = candidates;
      multiplyRows(directed.shifts, system.cell, offsets);
      const edgeCount = filterEdges(directed, system.positions, { cutoff, offsets, buffers });
      if (candidates.list.edgeCount !== edgeCount) candidates.list = firstEdges(buffers, edgeCount);
      return candidates.list;
    },
  };
}
