import { countOf } from '../../count-of.js';
import type { Structure } from '../../structure/structure.js';
import { namesOfOthers } from './constraints.js';

/**
 * Passes structures on, and tells at the end which of their constraints are none that relaxations and simulations hold.
 */
export async function* tellUnheldConstraints(
  structures: AsyncIterable<Structure>,
  onNotice: (notice: string) => void,
): AsyncGenerator<Structure> {
  const counts = new Map<string, number>();
  let frames = 0;
  try {
    for await (const structure of structures) {
      frames++;
      for (const name of namesOfOthers(structure.info.constraints)) counts.set(name, (counts.get(name) ?? 0) + 1);
      yield structure;
    }
  } finally {
    const names = [...counts].map(([name, count]) =>
      count === frames ? name : `${name} in ${countOf(count, 'frame')}`,
    );
    if (names.length > 0) onNotice(unheld(names.join(', ')));
  }
}

/** The sentence about constraints of these names. */
function unheld(names: string): string {
  const remedy = names.includes('FixSymmetry') ? '; `symmetry` of a relaxation keeps it' : '';
  return `constraints that are kept but not held in relaxations and simulations: ${names}${remedy}`;
}
