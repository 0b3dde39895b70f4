import { z } from 'zod';
import { LammError } from '../../src/errors.js';
import { type SettingsSchema, setting } from '../../src/settings/setting.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import type { MdState } from '../state/state.js';
import { shortestPeriodFs } from '../state/timestep-advice.js';
import { createFrameReader, type Frame } from './frame.js';
import { type AnalysisNotice, noticesOf } from './notices.js';
import {
  type ObservableName,
  type ObservableStates,
  type Observables,
  observables,
  openMeters,
  resultsOf,
} from './observables.js';
import { usualCutoffIn } from './radial-distribution.js';

const every = setting(z.int().min(1), { help: 'steps between samples' });
const length = z.number().optional();

/** What is analysed while a simulation runs, and how often; what is absent is not. */
export const runAnalysisSettings = z.strictObject({
  rdf: z.strictObject({
    every,
    cutoff: setting(length, { quantity: 'length', help: 'largest distance' }),
    binWidth: setting(length, { quantity: 'length', help: 'resolution' }),
  }),
  msd: z.strictObject({ every }),
  vacf: z.strictObject({
    every,
    window: setting(z.int().optional(), { form: 'frames', help: 'longest lag' }),
  }),
  thermo: z.strictObject({ every }),
} satisfies Record<ObservableName, SettingsSchema>);

/** What is analysed while a simulation runs, as a checkpoint keeps it. */
export const runAnalysisSchema = runAnalysisSettings.partial();
export type RunAnalysisOptions = Readonly<z.infer<typeof runAnalysisSchema>>;

/** What is to be analysed while a simulation runs, before intervals that are left open are chosen. */
export type RunAnalysisRequest = { readonly [Name in ObservableName]?: Partial<RunAnalysisOptions[Name]> };

/** Everything that an analysis has gathered: what a checkpoint keeps. */
export type RunAnalysisState = ObservableStates;

export type RunAnalysisResult = Observables & {
  /** Steps done when it was taken. */
  readonly steps: number;
  readonly timestepFs: number;
  /** Steps between samples of each observable. */
  readonly every: Partial<Record<ObservableName, number>>;
  readonly notices: readonly AnalysisNotice[];
};

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
/** How often observables are taken where nobody says it, for help. */
export const usualIntervals = `${defaultEvery.rdf} for rdf, ${defaultEvery.msd} for msd, ${defaultEvery.thermo} for thermo, ${samplesPerPeriod} in the shortest vibration for vacf`;
/** Samples of temperature and energy that are kept to be drawn. */
const maxSeriesLength = 2000;

/**
 * Chooses what was left open: how often, the radial distribution within half of the cell, and velocities often enough
 * for the shortest period that the masses allow.
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
): NonNullable<RunAnalysisOptions['rdf']> {
  return { every, cutoff: cutoff ?? usualCutoffIn(cell, binWidth), ...(binWidth !== undefined && { binWidth }) };
}

function resolveCorrelation(
  { every, window }: NonNullable<RunAnalysisRequest['vacf']>,
  { masses, timestepFs }: { masses: Float64Array; timestepFs: number },
): NonNullable<RunAnalysisOptions['vacf']> {
  const chosen = every ?? Math.max(1, Math.floor(shortestPeriodFs(masses) / samplesPerPeriod / timestepFs));
  const frames = Math.ceil(correlationTimeFs / (chosen * timestepFs));
  return { every: chosen, window: window ?? Math.max(2, Math.min(maxWindow, frames)) };
}

/** Starts analyses of the simulation whose state `md` is, or goes on with those of a checkpoint. */
export function createRunAnalysis(
  options: RunAnalysisOptions,
  { md, timestepFs, from = {} }: { md: MdState; timestepFs: number; from?: RunAnalysisState },
): RunAnalysis {
  const told = {
    ...options,
    msd: options.msd && { unwrap: false }, // a simulation never puts atoms back
    thermo: options.thermo && { maxSeriesLength },
  };
  const meters = openMeters(told, from);
  const every = Object.fromEntries(meters.map(({ name }) => [name, options[name]?.every ?? 1]));
  const read = createFrameReader(md, timestepFs);
  return {
    state: Object.fromEntries(meters.map(({ name, state }) => [name, state])),
    add() {
      let frame: Frame | undefined;
      for (const { name, add } of meters) {
        if (md.step % every[name] !== 0 || (md.step === 0 && observables[name].skipsStart)) continue;
        frame ??= read();
        add(frame);
      }
    },
    result() {
      const results = resultsOf(meters, md.numbers.length);
      const unsampled = options.rdf && results.rdf === undefined ? [noDistribution(options.rdf)] : [];
      return { steps: md.step, timestepFs, every, ...results, notices: [...unsampled, ...noticesOf(results)] };
    },
  };
}

function noDistribution({ every }: { readonly every: number }): AnalysisNotice {
  const message = `there is no g(r): it is taken every ${every} steps, and the start is left out; take it more often (rdf:every=...) or simulate longer`;
  return { analysis: 'rdf', code: 'few-frames', message };
}
