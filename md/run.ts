import type { Calculator } from '../calculators/calculator.js';
import { createRandom, type Random } from '../src/random.js';
import type { Structure } from '../src/structure/structure.js';
import { createDriftMeter, type DriftMeter, driftOf, meanTemperatureOf, measureDrift } from './drift-meter.js';
import { langevinStep } from './langevin.js';
import { drawMomenta, removeRotation, removeTranslation, rescaleTemperature } from './maxwell-boltzmann.js';
import { type Ensemble, type MdOptions, type ResolvedMdOptions, resolveMdOptions } from './options.js';
import { asInstability, assertStable } from './stability.js';
import { createMdState, type MdState, temperature, updateForces } from './state.js';
import { velocityVerletStep } from './velocity-verlet.js';

/** Everything that decides how a simulation goes on: what a restart must bring back. */
export interface MdRun {
  readonly options: ResolvedMdOptions;
  readonly state: MdState;
  readonly random: Random;
  readonly meter: DriftMeter;
  /** Temperature of the start or of the bath, the higher: explosion is judged from it. */
  readonly expectedTemperatureK: number;
  /** Largest net force in eV/A that was removed so far. */
  largestNetForce: number;
}

/** What a simulation came to. */
export interface MdSummary {
  /** Steps done since the start of the simulation. */
  readonly steps: number;
  readonly atomCount: number;
  readonly ensemble: Ensemble;
  readonly timestepFs: number;
  /** Whether the forces are the derivative of the energy. */
  readonly conservative: boolean;
  /** Mean over all steps since the start, in K. */
  readonly temperature: number;
  readonly finalTemperature: number;
  /** Slope of the conserved energy. */
  readonly driftMevPerAtomPerPs: number;
  /** Largest net force that was removed, in eV/A. */
  readonly largestNetForce: number;
  /** Steps of this call and their wall time in s. */
  readonly stepsHere: number;
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly nsPerDay: number;
}

/**
 * Runs molecular dynamics: yields the state at the start and after every step, returns the summary.
 *
 * The yielded state is one object that the next step overwrites; copy what is to be kept.  Leaving the loop stops the simulation.
 *
 * @throws {UnstableError} when the simulation explodes; the state then is not to be used.
 */
export async function* runMd(
  structure: Structure,
  calculator: Calculator,
  options: MdOptions,
): AsyncGenerator<MdState, MdSummary, void> {
  return yield* continueMd(await startMd(structure, calculator, options), calculator);
}

/** Sets a simulation up: momenta by the options, forces evaluated, nothing moved yet. */
export async function startMd(structure: Structure, calculator: Calculator, options: MdOptions): Promise<MdRun> {
  const resolved = resolveMdOptions(options, calculator.capabilities);
  const state = createMdState(structure);
  const random = createRandom(resolved.seed);
  const moving = state.momenta.some((value) => value !== 0);
  if ((resolved.velocities ?? (moving ? 'keep' : 'draw')) === 'draw') startMomenta(state, random, resolved);
  await updateForces(state, calculator);
  const expectedTemperatureK = Math.max(resolved.temperatureK, temperature(state));
  const meter = createDriftMeter();
  const run: MdRun = { options: resolved, state, random, meter, expectedTemperatureK, largestNetForce: state.netForce };
  measureDrift(run.meter, state, resolved.timestepFs);
  return run;
}

/** Goes on with a simulation until its total number of steps, see `runMd`. */
export async function* continueMd(run: MdRun, calculator: Calculator): AsyncGenerator<MdState, MdSummary, void> {
  const started = performance.now();
  const firstStep = run.state.step;
  yield run.state;
  while (run.state.step < run.options.steps) {
    await advance(run, calculator);
    assertStable(run.state, run.expectedTemperatureK);
    yield run.state;
  }
  return summarise(run, calculator, { firstStep, seconds: (performance.now() - started) / 1000 });
}

/** The summary of a simulation that has come from `firstStep` to where it is in `seconds`. */
export function summarise(
  run: MdRun,
  calculator: Calculator,
  timing: { firstStep: number; seconds: number },
): MdSummary {
  const { state, options, meter } = run;
  const stepsHere = state.step - timing.firstStep;
  const stepsPerSecond = timing.seconds > 0 ? stepsHere / timing.seconds : 0;
  return {
    steps: state.step,
    atomCount: state.numbers.length,
    ensemble: options.ensemble,
    timestepFs: options.timestepFs,
    conservative: calculator.capabilities.conservative,
    temperature: meanTemperatureOf(meter),
    finalTemperature: temperature(state),
    driftMevPerAtomPerPs: driftOf(meter),
    largestNetForce: run.largestNetForce,
    stepsHere,
    seconds: timing.seconds,
    stepsPerSecond,
    nsPerDay: (stepsPerSecond * options.timestepFs * 86_400) / 1e6,
  };
}

async function advance(run: MdRun, calculator: Calculator): Promise<void> {
  const { state, options, random } = run;
  try {
    if (options.ensemble === 'nve') await velocityVerletStep(state, calculator, options);
    else await langevinStep(state, calculator, { ...options, random });
  } catch (error) {
    throw asInstability(error, state.step);
  }
  run.largestNetForce = Math.max(run.largestNetForce, state.netForce);
  measureDrift(run.meter, state, options.timestepFs);
}

// Without fixed atoms the drawn momenta would carry the whole system away; a single atom has no other motion and keeps it.
function startMomenta(state: MdState, random: Random, { temperatureK, zeroRotation }: ResolvedMdOptions): void {
  drawMomenta(state, { temperatureK, random });
  if (state.freedomCount === 0) return;
  const free = state.freedomCount === state.momenta.length;
  if (free && state.masses.length > 1) removeTranslation(state);
  if (free && zeroRotation) removeRotation(state);
  rescaleTemperature(state, temperatureK);
}
