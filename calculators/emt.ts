import { createPairList, type PairCandidates } from '../src/neighbors/pair-list.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult, Calculator } from './calculator.js';
import { beta, cutoffMiddle, cutoffSteepness, emtCutoff, emtElements } from './emt-parameters.js';
import { assertKnownElements, coincidenceDistance, coincidentAtoms, createSums, finish, type Sums } from './results.js';

/** Extra radius of the pair list in A. */
const skin = 0.5;

/**
 * Creates the effective medium theory for Al, Ni, Cu, Pd, Ag, Pt, Au and, roughly, H, C, N, O.
 *
 * Each atom is embedded in the density of its neighbours' tails; a pair term corrects for the difference to the fcc crystal.
 * An atom alone has the energy -E0, the crystal in equilibrium about zero.
 *
 * @see Jacobsen, Stoltze, Norskov, Surf. Sci. 366, 394 (1996).
 */
export function createEmt(): Calculator {
  const elements: ReadonlySet<number> = new Set(emtElements.keys());
  const pairList = createPairList({ cutoff: emtCutoff, skin });
  const workspace = createWorkspace();
  return {
    name: 'emt',
    capabilities: { elements, cutoff: emtCutoff, conservative: true, stress: true, heads: [] },
    async calculate(system: AtomicSystem): Promise<CalculationResult> {
      assertKnownElements(system, elements, 'emt');
      const sums = createSums(system.numbers.length);
      reserve(workspace, system.numbers.length, pairList.update(system));
      return finish(sums, system.cell);
    },
    async [Symbol.asyncDispose]() {},
  };
}
