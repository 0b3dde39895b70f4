import { LammError } from '../../src/errors.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import type { MdState } from '../state/state.js';
import { shortestPeriodFs } from '../state/timestep-advice.js';
import { createFrameReader, type Frame } from './frame.js';
import { createDisplacementMeter, type DisplacementState } from './mean-squared-displacement.js';
import { type AnalysisNotice, noticesOf } from './notices.js';
import type { Observables } from './observables.js';
import {
  createRadialDistribution,
  type RadialDistributionOptions,
  type RadialDistributionState,
  usualCutoffIn,
} from './radial-distribution.js';
import { createThermodynamics, type ThermodynamicsState } from './thermodynamics.js';
import {
  createVelocityCorrelation,
  type VelocityCorrelationOptions,
  type VelocityCorrelationState,
} from './velocity-autocorrelation.js';

const observableNames = ['rdf', 'msd', 'vacf', 'thermo'] as const;
export type ObservableName = (typeof observableNames)[number];

interface Every {
  /** Steps between samples. */
  readonly every: number;
}

/** What is analysed while a simulation runs; what is absent is not. */
export interface RunAnalysisOptions {
  readonly rdf?: RadialDistributionOptions & Every;
  readonly msd?: Every;
  readonly vacf?: VelocityCorrelationOptions & Every;
  readonly thermo?: Every;
}

/** What is to be analysed while a simulation runs, before intervals that are left open are chosen. */
export type RunAnalysisRequest = { readonly [Name in ObservableName]?: Partial<RunAnalysisOptions[Name]> };

/** Everything that an analysis has gathered: what a checkpoint keeps. */
export interface RunAnalysisState {
  readonly rdf?: RadialDistributionState;
  readonly msd?: DisplacementState;
  readonly vacf?: VelocityCorrelationState;
  readonly thermo?: ThermodynamicsState;
}

export interface RunAnalysisResult extends Observables {
  /** Steps done when it was taken. */
  readonly steps: number;
  readonly timestepFs: number;
  /** Steps between samples of each observable. */
  readonly every: Partial<Record<ObservableName, number>>;
  readonly notices: readonly AnalysisNotice[];
}

/** Analyses of a simulation as it runs. */
export interface RunAnalysis {
  readonly state: RunAnalysisState;
  /** Takes the present step into those observables that are due. */
  add(): void;
  result(): RunAnalysisResult;
}

/**
 * Samples in the shortest period by default, and the time in fs over which velocities are correlated, in at most so
 * many frames.
 */
const samplesPerPeriod = 4;
const correlationTimeFs = 4000;
const maxWindow = 1000;
/** Steps between samples of what needs no short ones. */
const defaultEvery = { rdf: 100, msd: 10, thermo: 10 } as const;
/** Samples of temperature and energy that are kept to be drawn. */
const maxSeriesLength = 2000;

/**
 * Chooses what was left open: the radial distribution every 100 steps and within half of the cell, displacements and
 * averages every 10, velocities four times in the shortest period that the masses allow, correlated over 4 ps.
 *
 * @throws {LammError} `structure` for a radial distribution of a system that is not periodic in all directions.
 */
export function resolveRunAnalysis(
  { rdf, msd, vacf, thermo }: RunAnalysisRequest,
  { system, timestepFs }: { system: AtomicSystem & { readonly masses: Float64Array }; timestepFs: number },
): RunAnalysisOptions {
  if (rdf && !system.pbc.every(Boolean)) {
    throw new LammError(
      'structure',
      'the radial distribution needs a density: expected a structure that is periodic in all directions; leave rdf out of `analyze`',
      { quantity: 'pbc' },
    );
  }
  return {
    ...(rdf && { rdf: resolveDistribution(rdf, system) }),
    ...(msd && { msd: { every: msd.every ?? defaultEvery.msd } }),
    ...(vacf && { vacf: resolveCorrelation(vacf, { masses: system.masses, timestepFs }) }),
    ...(thermo && { thermo: { every: thermo.every ?? defaultEvery.thermo } }),
  };
}

function resolveDistribution(
  { every = defaultEvery.rdf, cutoff, binWidth }: NonNullable<RunAnalysisRequest['rdf']>,
  { cell }: AtomicSystem,
): RadialDistributionOptions & Every {
  return { every, cutoff: cutoff ?? usualCutoffIn(cell, binWidth), ...(binWidth !== undefined && { binWidth }) };
}

function resolveCorrelation(
  { every, window }: NonNullable<RunAnalysisRequest['vacf']>,
  { masses, timestepFs }: { masses: Float64Array; timestepFs: number },
): VelocityCorrelationOptions & Every {
  const chosen = every ?? Math.max(1, Math.floor(shortestPeriodFs(masses) / samplesPerPeriod / timestepFs));
  const frames = Math.ceil(correlationTimeFs / (chosen * timestepFs));
  return { every: chosen, window: window ?? Math.max(2, Math.min(maxWindow, frames)) };
}

/** Starts analyses of the simulation whose state `md` is, or goes on with those of a checkpoint. */
export function createRunAnalysis(
  options: RunAnalysisOptions,
  { md, timestepFs, from = {} }: { md: MdState; timestepFs: number; from?: RunAnalysisState },
): RunAnalysis {
  const meters = {
    rdf: options.rdf && createRadialDistribution(options.rdf, from.rdf),
    msd: options.msd && createDisplacementMeter({ unwrap: false }, from.msd), // a simulation never puts atoms back
    vacf: options.vacf && createVelocityCorrelation(options.vacf, from.vacf),
    thermo: options.thermo && createThermodynamics({ maxSeriesLength }, from.thermo),
  };
  const present = observableNames.flatMap((name) => {
    const [meter, settings] = [meters[name], options[name]];
    return meter && settings ? [{ name, meter, every: settings.every }] : [];
  });
  const read = createFrameReader(md, timestepFs);
  return {
    state: Object.fromEntries(present.map(({ name, meter }) => [name, meter.state])),
    add() {
      let frame: Frame | undefined;
      for (const { name, meter, every } of present) {
        if (md.step % every !== 0 || (name === 'rdf' && md.step === 0)) continue; // a start is often a perfect crystal
        frame ??= read();
        meter.add(frame);
      }
    },
    result() {
      const observables: Observables = {
        atomCount: md.numbers.length,
        ...(meters.rdf && meters.rdf.state.frames > 0 && { rdf: meters.rdf.result() }),
        ...(meters.msd && { msd: meters.msd.result() }),
        ...(meters.vacf && { vacf: meters.vacf.result() }),
        ...(meters.thermo && { thermo: meters.thermo.result() }),
      };
      const every = Object.fromEntries(present.map((one) => [one.name, one.every]));
      const unsampled = options.rdf && observables.rdf === undefined ? [noDistribution(options.rdf)] : [];
      return { steps: md.step, timestepFs, every, ...observables, notices: [...unsampled, ...noticesOf(observables)] };
    },
  };
}

function noDistribution({ every }: Every): AnalysisNotice {
  const message = `there is no g(r): it is taken every ${every} steps, and the start is left out; take it more often (rdf:every=...) or simulate longer`;
  return { analysis: 'rdf', code: 'few-frames', message };
}
