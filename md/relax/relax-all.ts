import { createBatching, defaultBatchAtoms } from '../../calculators/batching.js';
import type { Calculator } from '../../calculators/calculator.js';
import { isAboutOneStructure } from '../../src/errors.js';
import type { Structure } from '../../src/structure/structure.js';
import { type RelaxFrame, type RelaxPoint, relaxSteps } from './relax.js';
import {
  type FinishedRelaxation,
  identityOf,
  packFinished,
  type RelaxCheckpoint,
  type RelaxedState,
  type RelaxFailure,
  type RelaxJournal,
  type RelaxOutcome,
  unpackFinished,
} from './relax-checkpoint.js';
import type { RelaxOptions } from './relax-settings.js';

export interface RelaxAllOptions {
  readonly relax: RelaxOptions;
  /** What structures and calculator were made of, as the user wrote it. */
  readonly origin: Readonly<Record<string, string>>;
  /** Structures are relaxed side by side up to so many atoms, if the calculator gains by it. */
  readonly batchAtoms?: number;
  /** Keeps all that is done, until its owner has the results in place and removes its checkpoints. */
  readonly journal: RelaxJournal;
  /** How a step is written to the trajectory of the journal, if it has one. */
  readonly formatStep?: (index: number, frame: RelaxFrame) => string;
  /** What was loaded from the journal, to go on from. */
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
 * The first checkpoint holds the options alone and is there before anything is calculated.  The others are taken before
 * their own steps are recorded, so that a resumed relaxation gives the same files to the bit; the last one holds all
 * results.
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
  const { resumeFrom, journal, formatStep, shouldStop } = options;
  const batchAtoms = resumeFrom?.batchAtoms ?? options.batchAtoms ?? relaxBatchAtoms(calculator);
  const keeper = createKeeper(structures, { ...options, batchAtoms });
  const outcomes: RelaxOutcome[] = [];
  const finished = resumeFrom ? unpackFinished(resumeFrom, structures, journal.path) : [];
  for (const { index, outcome } of finished) outcomes[index] = outcome;
  const queue = createQueue(structures, calculator, { ...options, batchAtoms });
  await keeper.begin();
  for (let round = 0; queue.fill(); round++) {
    const { frames, failures } = await keeper.firstOf(queue.step());
    for (const { index, failure } of failures) outcomes[index] = failure;
    // After a failure each was calculated on its own, which a resumed relaxation would not repeat.
    const canSave = failures.length === 0;
    const stopping = canSave && !queue.isEmpty() && (await shouldStop?.()) === true;
    if (stopping || (canSave && journal.isDue(round) && round > 0)) await keeper.save(outcomes, frames);
    for (const { index, frame } of frames) {
      if (formatStep) await journal.append('trajectory', formatStep(index, frame));
      outcomes[index] = frame.isLast ? await judged(frame, calculator) : stateOf(frame);
      yield { index, frame };
    }
    if (stopping) return { outcomes, interrupted: true };
  }
  await keeper.save(outcomes, []);
  return { outcomes, interrupted: false };
}

/** Atoms that are relaxed side by side unless the user says otherwise: a device takes many. */
function relaxBatchAtoms({ capabilities: { follows, batchAtoms } }: Calculator): number {
  return (follows && batchAtoms) ?? defaultBatchAtoms;
}

/** Writes the checkpoints of relaxations. */
interface Keeper {
  begin(): Promise<void>;
  /** Waits for a round; after the first one the files are opened, and if that fails all is as it was. */
  firstOf(round: Promise<Round>): Promise<Round>;
  save(outcomes: readonly RelaxOutcome[], frames: readonly RelaxAllFrame[]): Promise<void>;
}

function createKeeper(
  structures: readonly Structure[],
  { journal, origin, relax, resumeFrom, batchAtoms }: RelaxAllOptions & { readonly batchAtoms: number },
): Keeper {
  const about = {
    structures: identityOf(structures),
    origin: { ...origin },
    options: relax,
    batchAtoms,
  };
  let isOpen = false;

  async function open(): Promise<void> {
    if (!isOpen) await journal.proceed();
    isOpen = true;
  }

  return {
    async begin() {
      if (!resumeFrom) await journal.begin({ ...about, ...packFinished([]), underWay: [] });
    },
    async firstOf(round) {
      const taken = await round.catch(async (error: unknown) => {
        if (!isOpen && !resumeFrom) await journal.takeBack();
        throw error;
      });
      await open();
      return taken;
    },
    async save(outcomes, frames) {
      await open();
      const underWay = new Map(frames.map(({ index, frame }) => [index, pointOf(frame)]));
      const finished = [...outcomes.entries()].flatMap(([index, outcome]): FinishedRelaxation[] =>
        underWay.has(index) || outcome === undefined ? [] : [{ index, outcome }],
      );
      await journal.save({
        ...about,
        ...packFinished(finished),
        underWay: Array.from(underWay, ([index, point]) => ({ index, point })),
      });
    },
  };
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

/** Where a relaxation ended, with the errors to expect there, where the calculator knows them. */
async function judged(frame: RelaxFrame, calculator: Calculator): Promise<RelaxedState> {
  const state = stateOf(frame);
  const uncertainty = await calculator.uncertaintyOf?.(frame.system, frame.result);
  return uncertainty ? { ...state, result: { ...state.result, uncertainty } } : state;
}

function pointOf({ step, coordinates, optimizerState, reference }: RelaxFrame): RelaxPoint {
  return { step, coordinates, optimizerState, ...(reference && { reference }) };
}
