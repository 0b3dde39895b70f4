import { z } from 'zod';
import { LammError } from '../../src/errors.js';
import { type ResultKeys, resultKeyChoices } from '../../src/io/result-keys.js';
import { type Journal, type JournalOptions, openJournal, readCheckpoint } from '../../src/journal/journal.js';
import type { StateKind } from '../../src/journal/state-file.js';
import { createRandom } from '../../src/random.js';
import type { Structure } from '../../src/structure/structure.js';
import { structureIdentity } from '../../src/structure/structure-identity.js';
import { type RunAnalysisOptions, type RunAnalysisState, runAnalysisSchema } from '../analysis/run-analysis.js';
import { createDriftMeter, type DriftMeter } from '../drift-meter.js';
import type { MdRun } from '../run.js';
import { type ResolvedMdOptions, resolvedMdSettings } from '../settings.js';
import { createStartState } from '../start/start-state.js';
import type { MdState } from '../state/state.js';
import { type WatchOptions, type WatchTally, watchSchema, watchTallySchema } from './error-watch.js';

/** Arrays of the state that steps write. */
const stateArrays = ['positions', 'momenta', 'forces', 'cell', 'chain', 'cellChains', 'cellRate'] as const;

function stateArraysOf({ innerSteps }: Pick<ResolvedMdOptions, 'innerSteps'>) {
  return innerSteps > 1 ? [...stateArrays, 'innerForces' as const] : stateArrays;
}

const number = z.number();
const floats = z.custom<Float64Array>((value) => value instanceof Float64Array && value.every(Number.isFinite));
const meterNames = Object.keys(createDriftMeter()) as (keyof DriftMeter)[]; // a meter has these alone

const progressSchema = z.strictObject({
  step: z.int().min(0),
  potentialEnergy: number,
  bathHeat: number,
  netForce: number,
  arrays: z.partialRecord(z.enum([...stateArrays, 'innerForces']), floats),
  stress: floats.optional(),
  reference: z.strictObject({ positions: floats, cell: floats }).optional(),
  random: z.strictObject({ words: z.tuple([z.int(), z.int(), z.int(), z.int()]) }),
  meter: z.record(z.enum(meterNames), number),
  expectedTemperatureK: number,
  largestNetForce: number,
  watch: watchTallySchema.optional(),
});

const checkpointSchema = z.strictObject({
  structure: z.string(),
  settings: z.strictObject({
    origin: z.record(z.string(), z.string()),
    trajectoryEvery: z.int().min(1),
    logEvery: z.int().min(1),
    analysis: runAnalysisSchema.optional(),
    resultKeys: z.enum(resultKeyChoices).optional(),
    watch: watchSchema.optional(),
    atEnd: z.record(z.string(), z.string()).optional(),
    options: resolvedMdSettings,
  }),
  progress: progressSchema.optional(),
  analysis: z.custom<RunAnalysisState>((value) => typeof value === 'object' && value !== null).optional(),
});

export const mdKind: StateKind<MdCheckpoint> = {
  name: 'md',
  version: 3,
  title: 'a checkpoint of lamm md',
  schema: checkpointSchema,
};

/** A simulation at rest on disk; `restoreMd` brings it back to life. */
export type MdCheckpoint = z.infer<typeof checkpointSchema>;

/** How far a simulation has come; a checkpoint without it was taken before anything was calculated. */
export type MdProgress = z.infer<typeof progressSchema>;

/** What a simulation writes besides its state, which a resumed one must repeat. */
export interface RecordSettings {
  /** What structure and calculator were made of, as the user wrote it: calculator, model, supercell. */
  readonly origin: Readonly<Record<string, string>>;
  readonly trajectoryEvery: number;
  readonly logEvery: number;
  readonly analysis?: RunAnalysisOptions;
  /** Names of results in the trajectory. */
  readonly resultKeys?: ResultKeys;
  readonly watch?: WatchOptions;
  /** What is written when all is done, as paths by names. */
  readonly atEnd?: Readonly<Record<string, string>>;
}

/** Files that grow with a simulation: its frames, its table, and the frames that its model knows little of. */
export type MdFile = 'trajectory' | 'log' | 'uncertain';

/** The journal of a simulation: its checkpoint, and what grows with it. */
export type MdJournal = Journal<MdCheckpoint, MdFile>;

/**
 * Takes the right to write a simulation.
 *
 * @throws {LammError} `locked` when another process has it.
 */
export async function openMdJournal(options: JournalOptions<MdFile>): Promise<MdJournal> {
  return openJournal(mdKind, options);
}

/** The checkpoint of a simulation as it lies on the disk; undefined when there is none. */
export async function readMdCheckpoint(path: string): Promise<MdCheckpoint | undefined> {
  return readCheckpoint(path, mdKind);
}

export interface CheckpointContents {
  readonly structure: Structure;
  readonly settings: RecordSettings;
  /** What analyses have gathered; it must not change until the checkpoint is written. */
  readonly analysis?: RunAnalysisState;
  readonly watch?: WatchTally;
}

/** The checkpoint of a simulation before anything of it was calculated: its options. */
export function firstMdCheckpoint(
  options: ResolvedMdOptions,
  { structure, settings: { atEnd, ...settings } }: Pick<CheckpointContents, 'structure' | 'settings'>,
): MdCheckpoint {
  return {
    structure: structureIdentity(structure),
    settings: { ...(atEnd && { atEnd: { ...atEnd } }), ...settings, origin: { ...settings.origin }, options },
  };
}

/**
 * The checkpoint of a running simulation; its arrays are those of the run, so they must not change until it is written.
 */
export function mdCheckpoint(run: MdRun, { analysis, watch, ...contents }: CheckpointContents): MdCheckpoint {
  const { state, random, meter, options, expectedTemperatureK, largestNetForce } = run;
  const { step, potentialEnergy, bathHeat, netForce, stress, reference } = state;
  const arrays = Object.fromEntries(stateArraysOf(options).map((name) => [name, state[name]]));
  const progress: MdProgress = {
    ...{ step, potentialEnergy, bathHeat, netForce, arrays, stress, reference },
    ...{ random: { words: [...random.state().words] }, meter, expectedTemperatureK, largestNetForce, watch },
  };
  return { ...firstMdCheckpoint(options, contents), progress, analysis };
}

/** @throws {LammError} `checkpoint` when it belongs to another structure. */
export function assertSameStructure(checkpoint: MdCheckpoint, structure: Structure, file: string): void {
  if (checkpoint.structure === structureIdentity(structure)) return;
  const message =
    'the checkpoint belongs to another structure than the one given; resume with the same input file, or start over without resuming';
  throw new LammError('checkpoint', message, { file });
}

/**
 * The simulation as it was when the checkpoint was taken, going on with `options`, see `resumedOptions`.
 *
 * @throws {LammError} `checkpoint` when its arrays do not have the lengths that the structure asks for.
 */
export function restoreMd(
  progress: MdProgress,
  structure: Structure,
  { options, file }: { options: ResolvedMdOptions; file: string },
): MdRun {
  const { expectedTemperatureK, largestNetForce, meter } = progress;
  const state = createStartState(structure, options);
  restoreState(state, progress, { options, file });
  const random = createRandom(progress.random);
  return { options, state, random, meter: { ...meter }, expectedTemperatureK, largestNetForce };
}

/** The options that a simulation was begun with, for `steps` in total. */
export function resumedOptions({ settings }: MdCheckpoint, steps: number): ResolvedMdOptions {
  const { options } = settings;
  return { ...options, velocities: options.velocities, centerOfMass: options.centerOfMass, steps };
}

function restoreState(
  state: MdState,
  { step, potentialEnergy, bathHeat, netForce, arrays, stress, reference }: MdProgress,
  { options, file }: { options: ResolvedMdOptions; file: string },
): void {
  const checked = (name: string, values: Float64Array | undefined, length: number): Float64Array => {
    if (values?.length === length) return values;
    const found = values === undefined ? 'none' : String(values.length);
    const message = `expected ${length} numbers for ${name}, found ${found}; start over without resuming`;
    throw new LammError('checkpoint', message, { file, quantity: name, expected: String(length), actual: found });
  };
  for (const name of stateArraysOf(options)) state[name].set(checked(name, arrays[name], state[name].length));
  if (stress !== undefined) state.stress = checked('stress', stress, 6).slice();
  if (reference !== undefined) {
    const positions = checked('the positions of lists', reference.positions, state.positions.length);
    state.reference = { positions, cell: checked('the cell of lists', reference.cell, 9) };
  }
  Object.assign(state, { step, potentialEnergy, bathHeat, netForce });
}
