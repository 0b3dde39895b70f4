import { countOf } from '../count-of.js';
import { LammError } from '../errors.js';
import type { AtomicSystem } from '../structure/structure.js';
import { coincidenceDistance } from './coincident-atoms.js';
import { neighborList } from './neighbor-list.js';

/** No two nuclei of a molecule or crystal are closer than this (A): the bond of hydrogen has 0.74 A. */
const overlapDistance = 0.5;

/** Says which atoms lie in one another, if any do: a structure that is valid, but not meant. */
export function describeOverlap(system: AtomicSystem): string | undefined {
  try {
    const { edgeCount, senders, receivers, distances } = neighborList(system, overlapDistance);
    if (edgeCount === 0 || distances.some((distance) => distance < coincidenceDistance)) return undefined; // that is an error
    let closest = 0;
    for (let edge = 1; edge < edgeCount; edge++) if (distances[edge] < distances[closest]) closest = edge;
    const [first, second] = [receivers[closest] + 1, senders[closest] + 1].sort((a, b) => a - b);
    const who = first === second ? `atom ${first} and its periodic image are` : `atoms ${first} and ${second} are`;
    const more =
      edgeCount > 2
        ? `, and ${countOf(edgeCount / 2 - 1, 'pair')} more ${edgeCount === 4 ? 'is' : 'are'} closer than ${overlapDistance} A`
        : '';
    return `${who} ${distances[closest].toFixed(2)} A apart${more}; check the positions`;
  } catch (error) {
    if (error instanceof LammError) return undefined; // who calculates says what is wrong
    throw error;
  }
}
