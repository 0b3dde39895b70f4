import type { CalculationResult, Calculator } from '../../../calculators/calculator.js';
import { isAboutOneStructure } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import type { ScreenRow } from './row.js';

/**
 * What further models say of a structure beside the first one's result, and how far their forces differ: none of it
 * where there are none.  A model that does not know an element has no voice.
 */
export async function committeeOf(
  { structure, result }: { readonly structure: Structure; readonly result: CalculationResult },
  models: readonly Calculator[],
): Promise<Pick<ScreenRow, 'committee' | 'forcesSpread'>> {
  if (models.length === 0) return {};
  const voices = await Promise.all(models.map((model) => model.calculate(structure).catch(unlessAboutIt)));
  const heard = voices.filter((voice) => voice !== undefined);
  const perAtom = (energy: number) => energy / structure.numbers.length;
  return {
    committee: voices.map((voice) => (voice ? { energyPerAtom: perAtom(voice.energy), head: voice.head } : null)),
    ...(heard.length > 0 && { forcesSpread: forcesSpread([result, ...heard].map(({ forces }) => forces)) }),
  };
}

/**
 * Largest, over the atoms, of the root mean square distance of a force from the mean of all models, in eV/A; `forces`
 * are [N x 3] of each.
 *
 * @see Zhang et al., Phys. Rev. Mater. 3, 023804 (2019), eq. 1.
 */
export function forcesSpread(forces: readonly Float64Array[]): number {
  let largest = 0;
  for (let atom = 0; atom < forces[0].length / 3; atom++) {
    let variance = 0;
    for (let axis = 0; axis < 3; axis++) variance += spread(forces.map((one) => one[3 * atom + axis])) ** 2;
    largest = Math.max(largest, Math.sqrt(variance));
  }
  return largest;
}

/** Root mean square distance from the mean. */
export function spread(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function unlessAboutIt(error: unknown): undefined {
  if (isAboutOneStructure(error)) return undefined;
  throw error;
}
