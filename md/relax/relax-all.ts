import { createBatching, defaultBatchAtoms } from '../../calculators/batching.js';
import type { Calculator } from '../../calculators/calculator.js';
import { isAboutOneStructure } from '../../src/errors.js';
import { createCheckpointClock } from '../../src/journal/checkpoint-clock.js';
import type { Structure } from '../../src/structure/structure.js';
import { openRecord, type RecordFile } from '../files/record-file.js';
import {
  identityOf,
  type RelaxCheckpoint,
  type RelaxedState,
  type RelaxFailure,
  type RelaxOutcome,
  removeRelaxCheckpoint,
  saveRelaxCheckpoint,
} from './checkpoint.js';
import { type RelaxFrame, type RelaxPoint, relaxSteps } from './relax.js';
import type { RelaxOptions } from './settings.js';

export interface RelaxAllOptions {
  readonly relax: RelaxOptions;
  /** What structures and calculator were made of, as the user wrote it. */
  readonly origin: Readonly<Record<string, string>>;
  /** Structures are relaxed side by side up to so many atoms, if the calculator gains by it. */
  readonly batchAtoms?: number;
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
  /** In the order of the structures; when interrupted, the last have only come so far, and others are missing. */
  readonly outcomes: readonly RelaxOutcome[];
  readonly interrupted: boolean;
}

/** A step of structure `index`, counted from 0. */
export interface RelaxAllFrame {
  readonly index: number;
  readonly frame: RelaxFrame;
}

/**
 * Relaxes structures, each with its own optimiser: yields every step, returns where all have come to.
 *
 * As many as the calculator can take at once go step by step side by side; when one is done, the next begins.
 *
 * A checkpoint is taken before its own steps are recorded, so that a resumed relaxation gives the same files to the bit.
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
  const { resumeFrom, checkpoint, trajectory, shouldStop } = options;
  const batchAtoms = resumeFrom?.batchAtoms ?? options.batchAtoms ?? defaultBatchAtoms;
  if (!resumeFrom) await removeRelaxCheckpoint(checkpoint);
  await using record = trajectory && (await openRecord(trajectory.path, resumeFrom?.trajectoryBytes));
  const queue = createQueue(structures, calculator, { ...options, batchAtoms });
  const outcomes: RelaxOutcome[] = [];
  for (const { index, outcome } of resumeFrom?.finished ?? []) outcomes[index] = outcome;
  const clock = createCheckpointClock(options.checkpointEvery);
  for (let round = 0; queue.fill(); round++) {
    const { frames, failures } = await queue.step();
    for (const { index, failure } of failures) outcomes[index] = failure;
    // After a failure each was calculated on its own, which a resumed relaxation would not repeat.
    const canSave = failures.length === 0;
    const stopping = canSave && !queue.isEmpty() && (await shouldStop?.()) === true;
    if (stopping || (canSave && clock.isDue(round) && round > 0)) {
      await clock.take(() => save(structures, { ...options, batchAtoms }, { outcomes, frames, record }));
    }
    for (const { index, frame } of frames) {
      if (trajectory) await record?.append(trajectory.format(index, frame));
      outcomes[index] = stateOf(frame);
      yield { index, frame };
    }
    if (stopping) return { outcomes, interrupted: true };
  }
  await removeRelaxCheckpoint(checkpoint);
  return { outcomes, interrupted: false };
}

interface Queue {
  /** Begins relaxations while there is room; returns whether any is under way. */
  fill(): boolean;
  isEmpty(): boolean;
  /** Takes all that are under way one step further; those that ended leave the queue. */
  step(): Promise<Round>;
}

interface Round {
  readonly frames: readonly RelaxAllFrame[];
  readonly failures: readonly { readonly index: number; readonly failure: RelaxFailure }[];
}

/** Relaxations that go side by side, in the order of the structures. */
function createQueue(
  structures: readonly Structure[],
  calculator: Calculator,
  { relax, resumeFrom, batchAtoms }: RelaxAllOptions & { readonly batchAtoms: number },
): Queue {
  const shared = createBatching(calculator);
  const finished = new Set(resumeFrom?.finished.map(({ index }) => index));
  const underWay = new Map<number, AsyncIterator<RelaxFrame>>();
  let next = 0;
  const begin = (index: number, from?: RelaxPoint) =>
    underWay.set(index, relaxSteps(structures[index], shared, { ...relax, from }));
  for (const { index, point } of resumeFrom?.underWay ?? []) {
    begin(index, point);
    next = index + 1;
  }
  while (finished.has(next)) next++;
  const sizeOf = (index: number) => structures[index].numbers.length;

  function hasRoom(): boolean {
    if (underWay.size === 0) return true;
    const atoms = [...underWay.keys()].reduce((sum, index) => sum + sizeOf(index), sizeOf(next));
    return calculator.calculateMany !== undefined && atoms <= batchAtoms;
  }

  async function step(): Promise<Round> {
    const turns = await Promise.all(
      [...underWay].map(async ([index, steps]) => ({ index, ...(await takeStep(steps, structures.length === 1)) })),
    );
    const frames: RelaxAllFrame[] = [];
    const failures: { index: number; failure: RelaxFailure }[] = [];
    for (const { index, frame, failure } of turns) {
      if (frame) frames.push({ index, frame });
      if (failure) failures.push({ index, failure });
      if (frame?.isLast !== false) underWay.delete(index);
    }
    return { frames, failures };
  }

  return {
    fill() {
      while (next < structures.length && hasRoom()) begin(next++);
      return underWay.size > 0;
    },
    isEmpty: () => underWay.size === 0 && next === structures.length,
    step,
  };
}

// What is wrong with one structure of several must not lose the others.
async function takeStep(
  steps: AsyncIterator<RelaxFrame>,
  isAlone: boolean,
): Promise<{ frame?: RelaxFrame; failure?: RelaxFailure }> {
  try {
    return { frame: (await steps.next()).value };
  } catch (error) {
    if (isAlone || !isAboutOneStructure(error)) throw error;
    return { failure: { failure: { code: error.code, message: error.message } } };
  }
}

function stateOf({ step, energy, fmax, converged, system, result }: RelaxFrame): RelaxedState {
  return { step, energy, fmax, converged, positions: system.positions.slice(), cell: system.cell.slice(), result };
}

async function save(
  structures: readonly Structure[],
  { checkpoint, origin, relax, batchAtoms }: RelaxAllOptions & { readonly batchAtoms: number },
  { outcomes, frames, record }: Pick<RelaxAllResult, 'outcomes'> & Pick<Round, 'frames'> & { record?: RecordFile },
): Promise<void> {
  const underWay = new Map(frames.map(({ index, frame }) => [index, frame]));
  await record?.flush();
  await saveRelaxCheckpoint(checkpoint, {
    structures: identityOf(structures),
    origin,
    options: relax,
    batchAtoms,
    trajectoryBytes: record?.length() ?? 0,
    finished: [...outcomes.entries()]
      .filter(([index]) => !underWay.has(index))
      .map(([index, outcome]) => ({ index, outcome })),
    underWay: [...underWay].map(([index, { step, coordinates, optimizerState }]) => ({
      index,
      point: { step, coordinates, optimizerState },
    })),
  });
}
