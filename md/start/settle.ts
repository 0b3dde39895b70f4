import type { Calculator } from '../../calculators/calculator.js';
import type { Structure } from '../../src/structure/structure.js';
import { relax } from '../relax/relax.js';
import type { Constraint } from '../state/constraints.js';
import type { MdState } from '../state/state.js';

/** What a short relaxation came to. */
export interface Settled {
  readonly steps: number;
  /** In eV. */
  readonly energyChange: number;
  /** Largest force left, in eV/A. */
  readonly fmax: number;
}

/**
 * Enough to take out clashes and strain that would heat the start; the last digits do not matter to atoms that are
 * about to move.
 */
const limits = { optimizer: 'fire', fmax: 0.1, maxSteps: 200 } as const;

/** Relaxes the positions of `state` in its cell before the first step. */
export async function settle(
  state: MdState,
  calculator: Calculator,
  { structure, constraints }: { structure: Structure; constraints: readonly Constraint[] },
): Promise<Settled> {
  const before = (await calculator.calculate(state)).energy;
  const { step, energy, fmax, structure: relaxed } = await relax(structure, calculator, { ...limits, constraints });
  state.positions.set(relaxed.positions);
  return { steps: step, energyChange: energy - before, fmax };
}
