import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CalculationResult } from '../../calculators/calculator.js';
import { LammError, type LammErrorCode } from '../../src/errors.js';
import { type Journal, type JournalOptions, openJournal, readCheckpoint } from '../../src/journal/journal.js';
import { assertSameOptions, type RunOptions } from '../../src/journal/same-run.js';
import type { StateKind } from '../../src/journal/state-file.js';
import { withoutDefaults } from '../../src/settings/setting.js';
import type { Structure } from '../../src/structure/structure.js';
import { structureIdentity } from '../../src/structure/structure-identity.js';
import type { RelaxPoint } from './relax.js';
import { relaxSettings } from './relax-settings.js';

/** What a relaxed structure is written from. */
export interface RelaxedState {
  readonly step: number;
  readonly energy: number;
  readonly fmax: number;
  readonly converged: boolean;
  readonly positions: Float64Array;
  readonly cell: Float64Array;
  readonly result: CalculationResult;
}

/** A structure that could not be relaxed, and why. */
export interface RelaxFailure {
  readonly failure: { readonly code: LammErrorCode; readonly message: string };
}

/** How a relaxation ended. */
export type RelaxOutcome = RelaxedState | RelaxFailure;

/** A structure that is done. */
export interface FinishedRelaxation {
  readonly index: number;
  readonly outcome: RelaxOutcome;
}

const floats = z.custom<Float64Array>((value) => value instanceof Float64Array);
const index = z.int().min(0);

const finishedSchema = z.array(
  z.union([
    z.strictObject({ index, failure: z.strictObject({ code: z.custom<LammErrorCode>(isText), message: z.string() }) }),
    z.strictObject({
      index,
      step: z.int().min(0),
      energy: z.number(),
      fmax: z.number(),
      converged: z.boolean(),
      hasStress: z.boolean(),
      /** Expected error of the energy, eV/atom; those of forces are among the arrays. */
      energyError: z.number().optional(),
      hasForceErrors: z.boolean(),
      /** Of the result all but the arrays that are joined. */
      others: z.custom<Omit<CalculationResult, 'energies' | 'forces' | 'stress' | 'uncertainty'>>(isRecord),
    }),
  ]),
);

/** The arrays of all that are done, one behind the other: there may be a hundred thousand of them. */
const arraysSchema = z.strictObject({
  positions: floats,
  cells: floats,
  energies: floats,
  forces: floats,
  stresses: floats,
  forceErrors: floats,
  /** 1 for atoms unlike the training. */
  unlike: floats,
});

const checkpointSchema = z.strictObject({
  /** Fingerprint of all structures. */
  structures: z.string(),
  /** What structures and calculator were made of, as the user wrote it. */
  origin: z.record(z.string(), z.string()),
  /** Options of the relaxation as they were given, defaults left out. */
  options: withoutDefaults(relaxSettings).partial(),
  /** Structures are relaxed side by side up to so many atoms. */
  batchAtoms: z.int().min(1),
  /** Rising by index, like `underWay`. */
  finished: finishedSchema,
  arrays: arraysSchema,
  underWay: z.array(z.strictObject({ index, point: z.custom<RelaxPoint>(isRecord) })),
});

/** Where the relaxation of several structures is: those that are done, and points of those that are under way. */
export type RelaxCheckpoint = z.infer<typeof checkpointSchema>;

const relaxKind: StateKind<RelaxCheckpoint> = {
  name: 'relax',
  version: 5,
  title: 'a checkpoint of lamm relax',
  schema: checkpointSchema,
};

/** The journal of relaxations: their checkpoint, and every step if that is wanted. */
export type RelaxJournal = Journal<RelaxCheckpoint, 'trajectory'>;

/**
 * Takes the right to write relaxations.
 *
 * @throws {LammError} `locked` when another process has it.
 */
export async function openRelaxJournal(options: JournalOptions<'trajectory'>): Promise<RelaxJournal> {
  return openJournal(relaxKind, options);
}

/** The checkpoint of relaxations as it lies on the disk; undefined when there is none. */
export async function readRelaxCheckpoint(path: string): Promise<RelaxCheckpoint | undefined> {
  return readCheckpoint(path, relaxKind);
}

/**
 * The last checkpoint of relaxations, checked against what the user asks for now; undefined when there is none.
 *
 * @throws {LammError} `checkpoint` when it belongs to other structures, or an option that was given differs from the
 *   recorded one.
 */
export async function loadRelaxCheckpoint(
  journal: RelaxJournal,
  { structures, asked = {} }: { readonly structures: readonly Structure[]; readonly asked?: RunOptions },
): Promise<RelaxCheckpoint | undefined> {
  const checkpoint = await journal.load();
  if (checkpoint === undefined) return undefined;
  const file = journal.path;
  if (checkpoint.structures !== identityOf(structures)) {
    const message =
      'the checkpoint belongs to other structures than those given; resume with the same input files, or start over without resuming';
    throw new LammError('checkpoint', message, { file });
  }
  const { options, origin, batchAtoms } = checkpoint;
  assertSameOptions(asked, { ...options, ...origin, batchAtoms }, { file, what: 'relaxation' });
  return checkpoint;
}

export function identityOf(structures: readonly Structure[]): string {
  return createHash('sha256').update(structures.map(structureIdentity).join()).digest('hex');
}

/** What is done, as it stands in a checkpoint. */
export function packFinished(finished: readonly FinishedRelaxation[]): Pick<RelaxCheckpoint, 'finished' | 'arrays'> {
  const states = finished.flatMap(({ outcome }) => ('failure' in outcome ? [] : [outcome]));
  return {
    finished: finished.map(({ index, outcome }) => {
      if ('failure' in outcome) return { index, ...outcome };
      const { step, energy, fmax, converged, result } = outcome;
      const { energies: _energies, forces: _forces, stress, uncertainty, ...others } = result;
      const flags = { hasStress: stress !== undefined, hasForceErrors: uncertainty?.forces !== undefined };
      return { index, step, energy, fmax, converged, ...flags, energyError: uncertainty?.energyPerAtom, others };
    }),
    arrays: {
      positions: concatenate(states.map(({ positions }) => positions)),
      cells: concatenate(states.map(({ cell }) => cell)),
      energies: concatenate(states.map(({ result }) => result.energies)),
      forces: concatenate(states.map(({ result }) => result.forces)),
      stresses: concatenate(states.map(({ result }) => result.stress)),
      forceErrors: concatenate(states.map(({ result }) => result.uncertainty?.forces)),
      unlike: concatenate(states.map(({ result }) => result.uncertainty?.unlike)),
    },
  };
}

/**
 * What `packFinished` packed of these structures; `file` is for the error.
 *
 * @throws {LammError} `checkpoint` when the arrays have other lengths than those structures ask for.
 */
export function unpackFinished(
  { finished, arrays }: Pick<RelaxCheckpoint, 'finished' | 'arrays'>,
  structures: readonly Structure[],
  file: string,
): FinishedRelaxation[] {
  const readers = {
    positions: reader(arrays.positions),
    cells: reader(arrays.cells),
    energies: reader(arrays.energies),
    forces: reader(arrays.forces),
    stresses: reader(arrays.stresses),
    forceErrors: reader(arrays.forceErrors),
    unlike: reader(arrays.unlike),
  };
  const outcomes = finished.map((entry): FinishedRelaxation => {
    const { index } = entry;
    if ('failure' in entry) return { index, outcome: { failure: entry.failure } };
    const { step, energy, fmax, converged, hasStress, energyError, hasForceErrors, others } = entry;
    const atomCount = structures[index]?.numbers.length ?? 0;
    const positions = readers.positions.take(3 * atomCount);
    const cell = readers.cells.take(9);
    const result: CalculationResult = {
      ...others,
      energies: readers.energies.take(atomCount),
      forces: readers.forces.take(3 * atomCount),
      ...(hasStress && { stress: readers.stresses.take(6) }),
      ...(energyError !== undefined && {
        uncertainty: {
          energyPerAtom: energyError,
          ...(hasForceErrors && { forces: readers.forceErrors.take(atomCount) }),
          unlike: Uint8Array.from(readers.unlike.take(atomCount)),
        },
      }),
    };
    return { index, outcome: { step, energy, fmax, converged, positions, cell, result } };
  });
  if (Object.values(readers).every((one) => one.isAtEnd())) return outcomes;
  throw new LammError('checkpoint', 'its arrays do not fit the structures; start over without resuming', { file });
}

/** All arrays one behind the other; those that are absent take no place. */
function concatenate(arrays: readonly (Float64Array | Uint8Array | undefined)[]): Float64Array {
  const all = new Float64Array(arrays.reduce((sum, array) => sum + (array?.length ?? 0), 0));
  let end = 0;
  for (const array of arrays) {
    if (array === undefined) continue;
    all.set(array, end);
    end += array.length;
  }
  return all;
}

/** Hands out the parts of an array one after the other. */
function reader(array: Float64Array): { take(length: number): Float64Array; isAtEnd(): boolean } {
  let place = 0;
  return {
    take(length) {
      place += length;
      return array.slice(place - length, place);
    },
    isAtEnd: () => place === array.length,
  };
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
