import type { Calculator } from '../../calculators/calculator.js';
import type { Structure } from '../../src/structure/structure.js';
import { createCheckpointClock } from '../checkpoint-clock.js';
import { openRecord, type RecordFile } from '../record-file.js';
import {
  identityOf,
  type RelaxCheckpoint,
  type RelaxedState,
  removeRelaxCheckpoint,
  saveRelaxCheckpoint,
} from './checkpoint.js';
import { type RelaxFrame, type RelaxOptions, relaxSteps } from './relax.js';

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
  readonly states: readonly RelaxedState[];
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
 * @throws {LammError} what `relaxSteps` throws; the last checkpoint stays.
 */
export async function* relaxAll(
  structures: readonly Structure[],
  calculator: Calculator,
  options: RelaxAllOptions,
): AsyncGenerator<RelaxAllFrame, RelaxAllResult, void> {
  const { resumeFrom, checkpoint, trajectory } = options;
  if (!resumeFrom) await removeRelaxCheckpoint(checkpoint);
  await using record = trajectory && (await openRecord(trajectory.path, resumeFrom?.trajectoryBytes));
  const states = [...(resumeFrom?.finished ?? [])];
  const clock = createCheckpointClock(options.checkpointEvery);
  for (let index = states.length; index < structures.length; index++) {
    const from = index === resumeFrom?.finished.length ? resumeFrom.point : undefined;
    for await (const frame of relaxSteps(structures[index], calculator, { ...options.relax, from })) {
      const stopping = (await options.shouldStop?.()) === true && !(frame.converged && index === structures.length - 1);
      if (stopping || (clock.areDue(frame.step) && frame.step > 0)) {
        await clock.take(() => save(structures, options, { states, frame, record }));
      }
      if (trajectory) await record?.append(trajectory.format(index, frame));
      yield { index, frame };
      states[index] = stateOf(frame);
      if (stopping) return { states, interrupted: true };
    }
  }
  await removeRelaxCheckpoint(checkpoint);
  return { states, interrupted: false };
}

function stateOf({ step, energy, fmax, converged, system, result }: RelaxFrame): RelaxedState {
  return { step, energy, fmax, converged, positions: system.positions.slice(), cell: system.cell.slice(), result };
}

async function save(
  structures: readonly Structure[],
  { checkpoint, origin, relax }: RelaxAllOptions,
  { states, frame, record }: { states: readonly RelaxedState[]; frame: RelaxFrame; record?: RecordFile },
): Promise<void> {
  await record?.flush();
  const { step, coordinates, optimizerState } = frame;
  await saveRelaxCheckpoint(checkpoint, {
    structures: identityOf(structures),
    origin,
    options: relax,
    trajectoryBytes: record?.length() ?? 0,
    finished: states,
    point: { step, coordinates, optimizerState },
  });
}
