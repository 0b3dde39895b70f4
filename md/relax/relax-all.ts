import type { Calculator } from '../../calculators/calculator.js';
import { LammError, type LammErrorCode } from '../../src/errors.js';
import type { Structure } from '../../src/structure/structure.js';
import { createCheckpointClock } from '../checkpoint-clock.js';
import { openRecord, type RecordFile } from '../record-file.js';
import {
  identityOf,
  type RelaxCheckpoint,
  type RelaxedState,
  type RelaxFailure,
  removeRelaxCheckpoint,
  saveRelaxCheckpoint,
} from './checkpoint.js';
import type { RelaxOptions } from './options.js';
import { type RelaxFrame, relaxSteps } from './relax.js';

export interface RelaxAllOptions {
  readonly relax: RelaxOptions;
  /** What structures and calculator were made of, as the user wrote it. */
  readonly origin: Readonly<Record<string, string>>;
  /** Taken about every second and when stopped, removed at the end. */
  readonly checkpoint: string;
  readonly checkpointEvery?: number;
  /** File for every step of every structure, and how a step is written there. */
  readonly trajectory?: { readonly path: string; format(index: number, frame: RelaxFrame): string };
  readonly resumeFrom?: RelaxCheckpoint;
  /** Asked after every step: once true, a checkpoint is taken and the relaxation ends. */
  readonly shouldStop?: () => Promise<boolean> | boolean;
}

export interface RelaxAllResult {
  /** In the order of the structures; when interrupted, the last has only come so far, and others are missing. */
  readonly outcomes: readonly (RelaxedState | RelaxFailure)[];
  readonly interrupted: boolean;
}

/** A step of structure `index`, counted from 0. */
export interface RelaxAllFrame {
  readonly index: number;
  readonly frame: RelaxFrame;
}

/**
 * Relaxes structures one after another, each with its own optimiser: yields every step, returns where all have come to.
 *
 * A checkpoint is taken before its own step is recorded, so that a resumed relaxation gives the same files to the bit.
 *
 * What is wrong with one structure of several is its outcome, and the others go on.
 *
 * @throws {LammError} what `relaxSteps` throws of a single structure; the last checkpoint stays.
 */
export async function* relaxAll(
  structures: readonly Structure[],
  calculator: Calculator,
  options: RelaxAllOptions,
): AsyncGenerator<RelaxAllFrame, RelaxAllResult, void> {
  const { resumeFrom, checkpoint, trajectory } = options;
  if (!resumeFrom) await removeRelaxCheckpoint(checkpoint);
  await using record = trajectory && (await openRecord(trajectory.path, resumeFrom?.trajectoryBytes));
  const outcomes = [...(resumeFrom?.finished ?? [])];
  const clock = createCheckpointClock(options.checkpointEvery);
  for (let index = outcomes.length; index < structures.length; index++) {
    const from = index === resumeFrom?.finished.length ? resumeFrom.point : undefined;
    const frames = relaxSteps(structures[index], calculator, { ...options.relax, from });
    for await (const frame of structures.length === 1 ? frames : catchingFailure(frames)) {
      if ('failure' in frame) {
        outcomes[index] = frame;
        break;
      }
      const isEnd = frame.converged && index === structures.length - 1;
      const stopping = !isEnd && (await options.shouldStop?.()) === true;
      if (stopping || (clock.areDue(frame.step) && frame.step > 0)) {
        await clock.take(() => save(structures, options, { finished: outcomes.slice(0, index), frame, record }));
      }
      if (trajectory) await record?.append(trajectory.format(index, frame));
      yield { index, frame };
      outcomes[index] = stateOf(frame);
      if (stopping) return { outcomes, interrupted: true };
    }
  }
  await removeRelaxCheckpoint(checkpoint);
  return { outcomes, interrupted: false };
}

// What is wrong with one structure of several must not lose the others; trouble with files or options is everybody's.
async function* catchingFailure(frames: AsyncIterable<RelaxFrame>): AsyncGenerator<RelaxFrame | RelaxFailure> {
  try {
    yield* frames;
  } catch (error) {
    if (!(error instanceof LammError && failuresOfOne.has(error.code))) throw error;
    yield { failure: { code: error.code, message: error.message } };
  }
}

const failuresOfOne: ReadonlySet<LammErrorCode> = new Set([
  'structure',
  'unsupported-element',
  'non-finite',
  'unstable',
]);

function stateOf({ step, energy, fmax, converged, system, result }: RelaxFrame): RelaxedState {
  return { step, energy, fmax, converged, positions: system.positions.slice(), cell: system.cell.slice(), result };
}

async function save(
  structures: readonly Structure[],
  { checkpoint, origin, relax }: RelaxAllOptions,
  { finished, frame, record }: Pick<RelaxCheckpoint, 'finished'> & { frame: RelaxFrame; record?: RecordFile },
): Promise<void> {
  await record?.flush();
  const { step, coordinates, optimizerState } = frame;
  await saveRelaxCheckpoint(checkpoint, {
    structures: identityOf(structures),
    origin,
    options: relax,
    trajectoryBytes: record?.length() ?? 0,
    finished,
    point: { step, coordinates, optimizerState },
  });
}
