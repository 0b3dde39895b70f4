import type { Calculator } from '../../calculators/calculator.js';
import { LammError } from '../../src/errors.js';
import { fs } from '../../src/units.js';
import type { ResolvedMdOptions } from '../settings.js';
import { type MdState, updateForces, updateInnerForces } from '../state/state.js';
import { drift, kick, velocityVerletStep } from './velocity-verlet.js';

/** A calculator with a cheap approximation of its forces, which steps may follow between its own evaluations. */
export interface SteppedCalculator extends Calculator {
  readonly inner?: Calculator;
}

/** Gives `calculator` an inner one for multiple time stepping; it then owns both. */
export function withInner(calculator: Calculator, inner: Calculator): SteppedCalculator {
  return {
    name: `${calculator.name} with ${inner.name} inside`,
    capabilities: calculator.capabilities,
    inner,
    calculate: (system) => calculator.calculate(system),
    uncertaintyOf: async (system, result) => calculator.uncertaintyOf?.(system, result),
    async [Symbol.asyncDispose]() {
      await calculator[Symbol.asyncDispose]();
      await inner[Symbol.asyncDispose]();
    },
  };
}

/**
 * One constant-energy step: velocity Verlet, or where there is an inner calculator, r-RESPA.
 *
 * @throws {UnstableError} when an atom is lost, or the new energy or a force is not finite.
 */
export function constantEnergyStep(
  state: MdState,
  calculator: SteppedCalculator,
  { timestepFs, innerSteps = 1 }: { readonly timestepFs: number; readonly innerSteps?: number },
): Promise<void> {
  const { inner } = calculator;
  return inner
    ? respaStep(state, calculator, { timestepFs, innerSteps, inner })
    : velocityVerletStep(state, calculator, { timestepFs });
}

/**
 * Advances `state` by one step of reversible multiple time stepping: half a kick by what the inner forces lack, Verlet
 * steps under the inner forces alone, new outer forces, half a kick again.
 *
 * Mutates `state`, whose `forces` are the outer ones, inner part included; both must be up to date.  The slow kicks
 * must come more often than half the period of the fastest vibration.
 *
 * @see Tuckerman, Berne and Martyna, J. Chem. Phys. 97, 1990 (1992).
 */
async function respaStep(
  state: MdState,
  calculator: Calculator,
  { timestepFs, innerSteps, inner }: { timestepFs: number; innerSteps: number; inner: Calculator },
): Promise<void> {
  const timestep = timestepFs * fs;
  const innerTimestep = timestep / innerSteps;
  kickSlowly(state, timestep / 2);
  for (let part = 0; part < innerSteps; part++) {
    kickBy(state.innerForces, state, innerTimestep / 2);
    drift(state, innerTimestep);
    await updateInnerForces(state, inner);
    kickBy(state.innerForces, state, innerTimestep / 2);
  }
  await updateForces(state, calculator);
  kickSlowly(state, timestep / 2);
  state.step++;
}

/** @throws {LammError} `usage` when there are inner steps without an inner calculator, or the reverse. */
export function assertInner({ inner }: SteppedCalculator, { innerSteps }: ResolvedMdOptions): void {
  if ((inner !== undefined) === innerSteps > 1) return;
  const message = inner
    ? 'an inner calculator needs inner steps: say into how many parts each step is divided, such as 4'
    : `${innerSteps} inner steps need an inner calculator whose forces act between the others`;
  throw new LammError('usage', message, { quantity: 'innerSteps' });
}

function kickBy(forces: Float64Array, { momenta }: MdState, time: number): void {
  for (let i = 0; i < momenta.length; i++) momenta[i] += forces[i] * time;
}

function kickSlowly(state: MdState, time: number): void {
  kick(state, time);
  kickBy(state.innerForces, state, -time);
}
