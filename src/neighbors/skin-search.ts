import { LammError } from '../errors.js';
import type { AtomicSystem } from '../structure/structure.js';
import { findPairs, type Pairs } from './pair-search.js';
import { createVerletReference, referenceHolds, type VerletReference } from './verlet-reference.js';

/**
 * Distances in A: pairs up to `cutoff + skin` are kept, so that they hold every pair within `cutoff` until atoms have
 * moved.
 */
export interface VerletOptions {
  readonly cutoff: number;
  readonly skin: number;
  /** Searches instead of `findPairs`, with the same result: for those who share the work. */
  readonly find?: (system: AtomicSystem, radius: number) => Pairs;
}

/** What was prepared from the pairs of a system, until it is out of date. */
export interface SkinSearch<Prepared> {
  update(system: AtomicSystem): Prepared;
  /** How often pairs were searched for. */
  readonly buildCount: number;
}

/**
 * Searches pairs within `cutoff + skin` and prepares them for use; does so again
 * when an atom has moved by half the skin or the cell has changed too much.
 *
 * @see Verlet, Phys. Rev. 159, 98 (1967).
 */
export function createSkinSearch<Prepared>(
  { cutoff, skin, find = findPairs }: VerletOptions,
  prepare: (pairs: Pairs) => Prepared,
): SkinSearch<Prepared> {
  if (!(skin >= 0 && skin < Number.POSITIVE_INFINITY)) {
    throw new LammError('usage', `expected a skin of 0 A or more, found ${skin}`, { quantity: 'skin' });
  }
  let current: { readonly prepared: Prepared; readonly reference: VerletReference } | undefined;
  let buildCount = 0;
  return {
    get buildCount() {
      return buildCount;
    },
    update(system) {
      if (current === undefined || !referenceHolds(current.reference, system, { cutoff, skin })) {
        current = undefined; // and stays so when the search throws
        const prepared = prepare(find(system, cutoff + skin));
        current = { prepared, reference: createVerletReference(system) };
        buildCount++;
      }
      return current.prepared;
    },
  };
}
