import { createRandom, type Random } from '../src/random.js';
import type { Structure } from '../src/structure/structure.js';
import { createDriftMeter, type DriftMeter, driftOf, meansOf, measureDrift } from './drift-meter.js';
import { type Advance, createAdvance } from './ensembles/advance.js';
import { assertInner, type SteppedCalculator } from './ensembles/respa.js';
import { type Ensemble, type MdOptions, type ResolvedMdOptions, resolveMdOptions } from './settings.js';
import { type Settled, settle } from './start/settle.js';
import {
  assertPressable,
  assertStressCame,
  assertVelocitiesKept,
  createStartState,
  drawStartMomenta,
} from './start/start-state.js';
import type { Drift } from './state/drift.js';
import { asInstability, assertApart, assertStable } from './state/stability.js';
import { type MdState, temperature, updateForces, updateInnerForces } from './state/state.js';

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
  /** What the relaxation before the first step came to, if this run began with one. */
  readonly settled?: Settled;
  /** Temperature in K at which velocities were drawn, if this run began with that. */
  readonly drawnTemperatureK?: number;
}

/** What a simulation came to. */
export interface MdSummary extends Drift {
  /** Steps done since the start of the simulation. */
  readonly steps: number;
  readonly atomCount: number;
  readonly ensemble: Ensemble;
  readonly timestepFs: number;
  /** Whether the forces are the derivative of the energy. */
  readonly conservative: boolean;
  /** The level of theory, where the calculator has several. */
  readonly head?: string;
  /** Mean over all steps since the start, in K. */
  readonly temperature: number;
  readonly finalTemperature: number;
  /** Means over all steps since the start, in GPa and A^3; there when the calculator gives stress. */
  readonly pressureGPa?: number;
  readonly volume?: number;
  /** Largest net force that was removed, in eV/A. */
  readonly largestNetForce: number;
  /** What the relaxation before the first step came to, if there was one in this call. */
  readonly settled?: Settled;
  /** Temperature in K at which this call drew velocities, if it did. */
  readonly drawnTemperatureK?: number;
  /** Steps of this call and their wall time in s. */
  readonly stepsHere: number;
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly nsPerDay: number;
}

/**
 * Runs molecular dynamics: yields the state at the start and after every step, returns the summary.
 *
 * The yielded state is one object that the next step overwrites; copy what is to be kept.  Leaving the loop stops the
 * simulation.
 *
 * @throws {UnstableError} when the simulation explodes; the state then is not to be used.
 */
export async function* runMd(
  structure: Structure,
  calculator: SteppedCalculator,
  options: MdOptions,
): AsyncGenerator<MdState, MdSummary, void> {
  return yield* continueMd(await startMd(structure, calculator, options), calculator);
}

/** Sets a simulation up: momenta by the options, forces evaluated, nothing moved yet. */
export async function startMd(structure: Structure, calculator: SteppedCalculator, options: MdOptions): Promise<MdRun> {
  return setUpMd(structure, calculator, resolveMdOptions(options, calculator.capabilities));
}

/** Sets a simulation up whose options were resolved for this calculator, see `startMd`. */
export async function setUpMd(
  structure: Structure,
  calculator: SteppedCalculator,
  resolved: ResolvedMdOptions,
): Promise<MdRun> {
  assertVelocitiesKept(structure, resolved);
  const state = createStartState(structure, resolved);
  assertPressable(state, calculator, resolved.ensemble);
  const random = createRandom(resolved.seed);
  const settled = resolved.equilibrate ? await settle(state, calculator, { structure, ...resolved }) : undefined;
  const isMoving = !settled && state.momenta.some((value) => value !== 0);
  const isDrawn = (resolved.velocities ?? (isMoving ? 'keep' : 'draw')) === 'draw';
  if (isDrawn) drawStartMomenta(state, random, resolved);
  assertInner(calculator, resolved);
  await updateForces(state, calculator);
  if (calculator.inner) await updateInnerForces(state, calculator.inner);
  assertStressCame(state, calculator, resolved.ensemble);
  const expectedTemperatureK = Math.max(resolved.temperatureK, resolved.temperatureEndK, temperature(state));
  const run: MdRun = {
    options: resolved,
    state,
    random,
    meter: createDriftMeter(),
    expectedTemperatureK,
    largestNetForce: state.netForce,
    settled,
    drawnTemperatureK: isDrawn ? resolved.temperatureK : undefined,
  };
  measureDrift(run.meter, state, resolved.timestepFs);
  return run;
}

/** Goes on with a simulation until its total number of steps, see `runMd`. */
export async function* continueMd(run: MdRun, calculator: SteppedCalculator): AsyncGenerator<MdState, MdSummary, void> {
  assertInner(calculator, run.options);
  const advance = createAdvance(run);
  const started = performance.now();
  const firstStep = run.state.step;
  yield run.state;
  while (run.state.step < run.options.steps) {
    const temperatureNow = await advanceRun(run, calculator, advance);
    assertStable(temperatureNow, { expectedK: run.expectedTemperatureK, step: run.state.step });
    assertApart(run.state, calculator.capabilities);
    yield run.state;
  }
  return summarise(run, calculator, { firstStep, seconds: (performance.now() - started) / 1000 });
}

/** The summary of a simulation that has come from `firstStep` to where it is in `seconds`. */
export function summarise(
  run: MdRun,
  calculator: SteppedCalculator,
  timing: { firstStep: number; seconds: number },
): MdSummary {
  const { state, options, meter } = run;
  const stepsHere = state.step - timing.firstStep;
  const stepsPerSecond = timing.seconds > 0 ? stepsHere / timing.seconds : 0;
  const means = meansOf(meter);
  const head = calculator.capabilities.headFor?.(state).name;
  return {
    steps: state.step,
    atomCount: state.numbers.length,
    ensemble: options.ensemble,
    timestepFs: options.timestepFs,
    conservative: calculator.capabilities.conservative,
    ...(head !== undefined && { head }),
    temperature: means.temperature,
    finalTemperature: temperature(state),
    ...(state.stress && { pressureGPa: means.pressureGPa, volume: means.volume }),
    ...driftOf(meter, options.timestepFs),
    largestNetForce: run.largestNetForce,
    ...(run.settled && { settled: run.settled }),
    ...(run.drawnTemperatureK !== undefined && { drawnTemperatureK: run.drawnTemperatureK }),
    stepsHere,
    seconds: timing.seconds,
    stepsPerSecond,
    nsPerDay: (stepsPerSecond * options.timestepFs * 86_400) / 1e6,
  };
}

// Returns the temperature in K.
async function advanceRun(run: MdRun, calculator: SteppedCalculator, advance: Advance): Promise<number> {
  const { state, options } = run;
  try {
    await advance(state, calculator);
  } catch (error) {
    throw asInstability(error, state.step);
  }
  run.largestNetForce = Math.max(run.largestNetForce, state.netForce);
  return measureDrift(run.meter, state, options.timestepFs);
}
