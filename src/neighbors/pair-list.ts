import { LammError } from '../errors.js';
import type { AtomicSystem } from '../structure/structure.js';
import { findPairs, type Pairs } from './pair-search.js';
import { shiftOffsets } from './shift-offsets.js';
import { createVerletReference, referenceHolds, type VerletReference } from './verlet-reference.js';

/** Distances in A: pairs up to `cutoff + skin` are kept, so that the list holds every pair within `cutoff` until atoms have moved. */
export interface VerletOptions {
  readonly cutoff: number;
  readonly skin: number;
}

/** Candidate pairs for one system; see `Pairs`. */
export interface PairCandidates extends Pairs {
  /** S . cell in A of each row of `shifts`, [K x 3]. */
  readonly offsets: Float64Array;
}

/** Pairs of atoms, each once, that are cheap to bring up to date while atoms move little. */
export interface PairList {
  /** All pairs of `system` within the cutoff and some beyond it, in canonical order; valid until the next call. */
  update(system: AtomicSystem): PairCandidates;
  /** How often pairs were searched for. */
  readonly buildCount: number;
}

/**
 * Creates a list of pairs with a skin: a search finds the pairs within `cutoff + skin`, and they serve
 * until an atom has moved by half the skin or the cell has changed too much.
 *
 * @see Verlet, Phys. Rev. 159, 98 (1967).
 */
export function createPairList({ cutoff, skin }: VerletOptions): PairList {
  if (!(skin >= 0 && skin < Number.POSITIVE_INFINITY)) {
    throw new LammError('usage', `expected a skin of 0 A or more, found ${skin}`, { quantity: 'skin' });
  }
  let reference: VerletReference | undefined;
  let candidates: PairCandidates | undefined;
  let buildCount = 0;
  return {
    get buildCount() {
      return buildCount;
    },
    update(system) {
      if (candidates === undefined || reference === undefined || !referenceHolds(reference, system, { cutoff, skin })) {
        candidates = undefined; // stays so when the search throws
        const pairs = findPairs(system, cutoff + skin);
        candidates = { ...pairs, offsets: new Float64Array(pairs.shifts.length) };
        reference = createVerletReference(system);
        buildCount++;
      }
      shiftOffsets(candidates.shifts, system.cell, candidates.offsets);
      return candidates;
    },
  };
}
