import { type BfgsState, bfgsStep, createBfgs } from './bfgs.js';
import { type ConjugateGradientState, conjugateGradientStep, createConjugateGradient } from './conjugate-gradient.js';
import { createFire, type FireState, fireStep } from './fire.js';
import { createLbfgs, type LbfgsState, lbfgsStep } from './lbfgs.js';
import type { OptimizerName } from './settings.js';

/** What an optimiser remembers between steps: numbers and arrays of numbers, so that it can be saved. */
export type OptimizerState = FireState | LbfgsState | BfgsState | ConjugateGradientState;

export interface Optimizer {
  readonly state: OptimizerState;
  /** Moves `coordinates` once; both are [rows x 3]. */
  move(coordinates: Float64Array, forces: Float64Array): void;
}

/** Creates an optimiser for `length` coordinates, or one that goes on from the state of another of the same name. */
export function createOptimizer(name: OptimizerName, length: number, state?: OptimizerState): Optimizer {
  switch (name) {
    case 'fire':
      return optimizerOf((state as FireState | undefined) ?? createFire(length), fireStep); // of this name
    case 'lbfgs':
      return optimizerOf((state as LbfgsState | undefined) ?? createLbfgs(), lbfgsStep); // of this name
    case 'bfgs':
      return optimizerOf((state as BfgsState | undefined) ?? createBfgs(length), bfgsStep); // of this name
    case 'cg':
      return optimizerOf(
        (state as ConjugateGradientState | undefined) ?? createConjugateGradient(),
        conjugateGradientStep,
      ); // of this name
  }
}

function optimizerOf<State extends OptimizerState>(
  state: State,
  step: (state: State, coordinates: Float64Array, forces: Float64Array) => void,
): Optimizer {
  return { state, move: (coordinates, forces) => step(state, coordinates, forces) };
}
