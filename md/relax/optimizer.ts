import { type BfgsState, bfgsStep, createBfgs } from './bfgs.js';
import { type ConjugateGradientState, conjugateGradientStep, createConjugateGradient } from './conjugate-gradient.js';
import { createFire, type FireState, fireStep } from './fire.js';
import { createLbfgs, type LbfgsState, lbfgsStep } from './lbfgs.js';
import { preconLbfgsStep } from './precon-lbfgs.js';
import type { OptimizerName } from './settings.js';
import type { RelaxTarget } from './target.js';

/** What an optimiser remembers between steps: numbers and arrays of numbers, so that it can be saved. */
export type OptimizerState = FireState | LbfgsState | BfgsState | ConjugateGradientState;

export interface Optimizer {
  readonly state: OptimizerState;
  /** Moves the coordinates of the target once along forces on them, [rows x 3] in eV/A. */
  move(forces: Float64Array): void;
}

/** Creates an optimiser of a target, or one that goes on from the state of another of the same name. */
export function createOptimizer(
  name: OptimizerName,
  target: Pick<RelaxTarget, 'coordinates' | 'cell'>,
  state?: OptimizerState,
): Optimizer {
  const { coordinates } = target;
  const { length } = coordinates;
  switch (name) {
    case 'precon-lbfgs': {
      const lbfgs = (state as LbfgsState | undefined) ?? createLbfgs(); // of this name
      return { state: lbfgs, move: (forces) => preconLbfgsStep(lbfgs, target, forces) };
    }
    case 'fire':
      return optimizerOf((state as FireState | undefined) ?? createFire(length), coordinates, fireStep); // of this name
    case 'lbfgs':
      return optimizerOf((state as LbfgsState | undefined) ?? createLbfgs(), coordinates, lbfgsStep); // of this name
    case 'bfgs':
      return optimizerOf((state as BfgsState | undefined) ?? createBfgs(length), coordinates, bfgsStep); // of this name
    case 'cg': {
      const lines = (state as ConjugateGradientState | undefined) ?? createConjugateGradient(); // of this name
      return optimizerOf(lines, coordinates, conjugateGradientStep);
    }
  }
}

function optimizerOf<State extends OptimizerState>(
  state: State,
  coordinates: Float64Array,
  step: (state: State, coordinates: Float64Array, forces: Float64Array) => void,
): Optimizer {
  return { state, move: (forces) => step(state, coordinates, forces) };
}
