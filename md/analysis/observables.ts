import type { DiffusionOptions } from './diffusion.js';
import type { Frame } from './frame.js';
import { createDisplacementMeter, type DisplacementState, type Displacements } from './mean-squared-displacement.js';
import {
  createRadialDistribution,
  type RadialDistribution,
  type RadialDistributionOptions,
  type RadialDistributionState,
} from './radial-distribution.js';
import {
  createThermodynamics,
  type Thermodynamics,
  type ThermodynamicsOptions,
  type ThermodynamicsState,
} from './thermodynamics.js';
import type { UnwrapOptions } from './unwrap.js';
import {
  createVelocityCorrelation,
  type VelocityCorrelation,
  type VelocityCorrelationOptions,
  type VelocityCorrelationState,
} from './velocity-autocorrelation.js';

interface Kind<Options, State, Result> {
  readonly options: Options;
  readonly state: State;
  readonly result: Result;
}

/** What each observable is told, has gathered and comes to. */
interface Kinds {
  readonly rdf: Kind<RadialDistributionOptions, RadialDistributionState, RadialDistribution>;
  readonly msd: Kind<UnwrapOptions & DiffusionOptions, DisplacementState, Displacements>;
  readonly vacf: Kind<VelocityCorrelationOptions, VelocityCorrelationState, VelocityCorrelation>;
  readonly thermo: Kind<ThermodynamicsOptions, ThermodynamicsState, Thermodynamics>;
}

export type ObservableName = keyof Kinds;

/** What observables are told, by their names; what is absent is not analysed. */
export type ObservableOptions = { readonly [Name in ObservableName]?: Kinds[Name]['options'] };

/** What observables have gathered, by their names. */
export type ObservableStates = { readonly [Name in ObservableName]?: Kinds[Name]['state'] };

/** What analyses come to; what was not analysed is absent. */
export type Observables = { readonly atomCount: number } & {
  readonly [Name in ObservableName]?: Kinds[Name]['result'];
};

/** Gathers one observable, frame by frame. */
interface Meter<Name extends ObservableName> {
  readonly state: Kinds[Name]['state'];
  /** @throws {LammError} when a frame lacks what it needs, or does not belong to the ones before. */
  add(frame: Frame): void;
  result(): Kinds[Name]['result'];
  /** Whether there is nothing yet to make a result of. */
  isEmpty?(): boolean;
}

interface Observable<Name extends ObservableName> {
  /** What it tells of, for help. */
  readonly about: string;
  /** Whether it leaves out the start of a simulation, which is often a perfect crystal. */
  readonly skipsStart?: boolean;
  /** Starts it, or goes on with what it has gathered. */
  create(options: Kinds[Name]['options'], from?: Kinds[Name]['state']): Meter<Name>;
}

export const observables: { readonly [Name in ObservableName]: Observable<Name> } = {
  rdf: {
    about: 'radial distribution',
    skipsStart: true,
    create(options, from) {
      const meter = createRadialDistribution(options, from);
      return { ...meter, isEmpty: () => meter.state.frames === 0 };
    },
  },
  msd: {
    about: 'diffusion',
    create(options, from) {
      const { result, ...meter } = createDisplacementMeter(options, from);
      return { ...meter, result: () => result(options) };
    },
  },
  vacf: { about: 'vibrations', create: createVelocityCorrelation },
  thermo: { about: 'averages', create: createThermodynamics },
};

export const observableNames = Object.keys(observables) as ObservableName[]; // a record of them has no other keys

/** An observable that is gathered. */
export interface NamedMeter extends Meter<ObservableName> {
  readonly name: ObservableName;
}

/** Starts all observables that are told anything, or goes on with what they have gathered. */
export function openMeters(told: ObservableOptions, from: ObservableStates = {}): NamedMeter[] {
  return observableNames.flatMap((name) => openMeter(name, told[name], from[name]) ?? []);
}

function openMeter<Name extends ObservableName>(
  name: Name,
  options: Kinds[Name]['options'] | undefined,
  from: Kinds[Name]['state'] | undefined,
): ({ readonly name: Name } & Meter<Name>) | undefined {
  return options && { name, ...observables[name].create(options, from) };
}

/** What observables have come to, as far as there is something. */
export function resultsOf(meters: readonly NamedMeter[], atomCount: number): Observables {
  const results = meters.flatMap(({ name, result, isEmpty }) => (isEmpty?.() ? [] : [[name, result()] as const]));
  return { atomCount, ...Object.fromEntries(results) };
}
