import { type BfgsState, bfgsStep, createBfgs } from './bfgs.js';
import { type ConjugateGradientState, conjugateGradientStep, createConjugateGradient } from './conjugate-gradient.js';
import { createFire, type FireState, fireStep } from './fire.js';
import { createLbfgs, type LbfgsState, lbfgsStep } from './lbfgs.js';
import { preconLbfgsStep } from './precon-lbfgs.js';
import type { OptimizerName } from './relax-settings.js';
import type { RelaxTarget } from './target.js';

/** What each optimiser remembers between steps: numbers and arrays of numbers, so that it can be saved. */
interface OptimizerStates extends Record<OptimizerName, object> {
  readonly 'precon-lbfgs': LbfgsState;
  readonly fire: FireState;
  readonly lbfgs: LbfgsState;
  readonly bfgs: BfgsState;
  readonly cg: ConjugateGradientState;
}

/** What one of the optimisers remembers. */
export type OptimizerState = OptimizerStates[OptimizerName];

type OptimizerTarget = Pick<RelaxTarget, 'coordinates' | 'cell'>;

interface Algorithm<State> {
  /** The state before the first step, for so many coordinates. */
  create(length: number): State;
  /** Moves the coordinates of the target once along forces on them, [rows x 3] in eV/A. */
  step(state: State, target: OptimizerTarget, forces: Float64Array): void;
}

const algorithms: { readonly [Name in OptimizerName]: Algorithm<OptimizerStates[Name]> } = {
  'precon-lbfgs': { create: createLbfgs, step: preconLbfgsStep },
  fire: { create: createFire, step: (fire, { coordinates }, forces) => fireStep(fire, coordinates, forces) },
  lbfgs: { create: createLbfgs, step: (lbfgs, { coordinates }, forces) => lbfgsStep(lbfgs, coordinates, forces) },
  bfgs: { create: createBfgs, step: (bfgs, { coordinates }, forces) => bfgsStep(bfgs, coordinates, forces) },
  cg: {
    create: createConjugateGradient,
    step: (lines, { coordinates }, forces) => conjugateGradientStep(lines, coordinates, forces),
  },
};

/** An optimiser at work on a target. */
export interface Optimizer<State = OptimizerState> {
  readonly state: State;
  /** Moves the coordinates of the target once along forces on them, [rows x 3] in eV/A. */
  move(forces: Float64Array): void;
}

/** Creates an optimiser of a target, or one that goes on from the state of another of the same name. */
export function createOptimizer<Name extends OptimizerName>(
  name: Name,
  target: OptimizerTarget,
  from?: OptimizerStates[Name],
): Optimizer<OptimizerStates[Name]> {
  const { create, step } = algorithms[name];
  const state = from ?? create(target.coordinates.length);
  return { state, move: (forces) => step(state, target, forces) };
}
