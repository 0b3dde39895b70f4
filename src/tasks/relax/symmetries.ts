import { type RelaxOptions, resolveRelaxOptions } from '../../../md/relax/relax-settings.js';
import { describeSymmetry, type StartSymmetry, startSymmetry } from '../../../md/relax/start-symmetry.js';
import type { Structure } from '../../structure/structure.js';
import type { TaskContext } from '../context.js';

/**
 * The symmetries that relaxations keep, one for each structure.  Tells which they are, and where another may have been
 * meant; what is not a crystal has none here, and is refused later.
 */
export function keptSymmetries(
  structures: readonly Structure[],
  options: RelaxOptions,
  { tell }: TaskContext,
): (StartSymmetry | undefined)[] {
  const { symmetryTolerance } = resolveRelaxOptions(options);
  const symmetries = structures.map((structure) => {
    try {
      return startSymmetry(structure, symmetryTolerance);
    } catch {
      return undefined;
    }
  });
  const counts = new Map<string, number>();
  for (const symmetry of symmetries) {
    const text = symmetry && describeSymmetry(symmetry);
    if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  for (const [text, count] of counts) tell?.(count === 1 ? text : `${text} (${count} structures)`);
  return symmetries;
}
