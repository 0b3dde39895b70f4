import { countOf } from '../../src/count-of.js';
import { fewToChoose } from './load/set-apart.js';
import type { PreparedData, PreparedSubset } from './prepare-data.js';

/**
 * What was set apart of the training files to choose the parameters by, and whether that is enough; `shares` are those
 * of the subsets, in their order.
 */
export function describeApart({ subsets }: PreparedData, shares: readonly number[]): string[] {
  const apart = subsets.filter((_, index) => shares[index] > 0);
  if (apart.length === 0) return [];
  const count = apart.reduce((sum, { validation }) => sum + validation, 0);
  const total = apart.reduce((sum, subset) => sum + subset.count + subset.validation, 0);
  const told = `${count} of ${countOf(total, 'structure')} ${count === 1 ? 'is' : 'are'} set apart for choosing the parameters`;
  if (subsets.some(({ validation }) => validation >= fewToChoose)) return [told];
  const remedy = 'give files for it with `validation`, or more data';
  if (count === 0) return [`warning: ${told}: those of the last step are taken; ${remedy}`];
  return [`warning: ${told}, so few that the choice is mostly chance; ${remedy}`];
}

/** Says of each teacher how much it told. */
export function describeTeachers(subsets: readonly PreparedSubset[]): string[] {
  const counts = new Map<string, number>();
  for (const { teacher } of subsets) {
    if (teacher !== undefined) counts.set(teacher.model, (counts.get(teacher.model) ?? 0) + teacher.count);
  }
  return Array.from(
    counts,
    ([model, count]) => `taught by ${model}: the energies of the atoms of ${countOf(count, 'training structure')}`,
  );
}
