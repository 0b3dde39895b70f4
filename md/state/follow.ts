import type { Calculator } from '../../calculators/calculator.js';
import { keptReference } from '../../src/neighbors/verlet-reference.js';
import type { AtomicSystem, SystemReference } from '../../src/structure/structure.js';

/** A system that moves on, with its reference where the calculator keeps lists that it makes there. */
export interface FollowedSystem extends AtomicSystem {
  reference?: SystemReference;
}

/** Gives a system that moved a new reference where that is due; it belongs to what a restart must bring back. */
export function follow(system: FollowedSystem, { capabilities: { follows } }: Pick<Calculator, 'capabilities'>): void {
  if (follows) system.reference = keptReference(system, follows);
}
