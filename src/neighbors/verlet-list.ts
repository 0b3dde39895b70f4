import type { AtomicSystem } from '../structure/structure.js';
import { createDirectedPairs, type DirectedPairs } from './directed-pairs.js';
import { createEdgeBuffers, type EdgeBuffers, filterEdges, firstEdges, type NeighborList } from './neighbor-list.js';
import { createPairList, type VerletOptions } from './pair-list.js';

/** A neighbour list that is cheap to bring up to date while atoms move little. */
export interface VerletList {
  /** The list of `system`, equal to `neighborList(system, cutoff)` in every bit; its arrays are reused by the next call. */
  update(system: AtomicSystem): NeighborList;
  /** How often candidates were searched for. */
  readonly buildCount: number;
}

/** Creates a neighbour list that keeps candidates up to `cutoff + skin` (A) and filters them at each update. */
export function createVerletList({ cutoff, skin }: VerletOptions): VerletList {
  const pairList = createPairList({ cutoff, skin });
  let built: { readonly directed: DirectedPairs; list: NeighborList } | undefined;
  let buffers: EdgeBuffers = createEdgeBuffers(0);
  let build = 0;
  return {
    get buildCount() {
      return pairList.buildCount;
    },
    update(system) {
      const candidates = pairList.update(system);
      if (built === undefined || build !== pairList.buildCount) {
        const directed = createDirectedPairs(candidates);
        if (buffers.senders.length < directed.senders.length) buffers = createEdgeBuffers(directed.senders.length);
        built = { directed, list: firstEdges(buffers, 0) };
        build = pairList.buildCount;
      }
      const { offsets } = candidates;
      const edgeCount = filterEdges(built.directed, system.positions, { cutoff, offsets, buffers });
      if (built.list.edgeCount !== edgeCount) built.list = firstEdges(buffers, edgeCount);
      return built.list;
    },
  };
}
