import { rm } from 'node:fs/promises';
import { LammError, UnstableError } from '../../src/errors.js';
import { removeTemporaries } from '../../src/io/bytes/atomic-file.js';
import { formatExtxyz } from '../../src/io/xyz/extxyz.js';
import type { Structure } from '../../src/structure/structure.js';
import { createRunAnalysis, type RunAnalysisRequest, type RunAnalysisResult } from '../analysis/run-analysis.js';
import { type AnalysisFiles, writeAnalysis } from '../analysis/write-analysis.js';
import type { SteppedCalculator } from '../ensembles/respa.js';
import { createCheckpointClock } from '../files/checkpoint-clock.js';
import { openRecord } from '../files/record-file.js';
import { continueMd, type MdRun, type MdSummary, setUpMd, summarise } from '../run.js';
import type { MdOptions, ResolvedMdOptions } from '../settings.js';
import type { MdState } from '../state/state.js';
import { assertSameOptions } from './assert-same-options.js';
import { loadMdCheckpoint, type MdCheckpoint, type RecordSettings, restoreMd, saveMdCheckpoint } from './checkpoint.js';
import { createLastGood, type LastGood } from './last-good.js';
import { logHeader, logLine } from './log-table.js';
import { snapshotOf } from './snapshot.js';

/** Where a simulation is recorded. */
export interface MdFiles {
  /** Frames in extended XYZ. */
  readonly trajectory: string;
  /** Comma-separated table of energies and temperature. */
  readonly log: string;
  readonly checkpoint: string;
  /** Where the last good frame goes when a simulation becomes unstable; nowhere when absent. */
  readonly lastGood?: string;
  /** Where results of `settings.analysis` go, at each checkpoint and at the end. */
  readonly analysis?: AnalysisFiles;
}

export interface RecordOptions {
  readonly md: ResolvedMdOptions;
  readonly files: MdFiles;
  readonly settings: RecordSettings;
  /**
   * Steps between checkpoints, besides those at the start, at the end and at an interruption.
   * By default they are taken by the clock, about every second and never for more than a fiftieth of the time.
   */
  readonly checkpointEvery?: number;
  /** The checkpoint to go on from. */
  readonly resumeFrom?: MdCheckpoint;
  /** Asked after every step: once true, a checkpoint is taken and the recording ends. */
  readonly shouldStop?: () => Promise<boolean> | boolean;
}

export interface RecordSummary extends MdSummary {
  readonly interrupted: boolean;
  readonly files: MdFiles;
  /** What the analyses came to, if there were any. */
  readonly analysis?: RunAnalysisResult;
}

/**
 * Runs molecular dynamics into files: yields the state after each step, returns the summary.
 *
 * A checkpoint is taken before its own step is recorded and holds the lengths of the files at that moment. A resumed simulation cuts the files
 * back to these lengths, records that step and goes on, so that the files are the same to the bit wherever it was stopped, `kill -9` included.
 *
 * @throws {UnstableError} when the simulation explodes: recorded frames and the last checkpoint stay.
 */
export async function* recordMd(
  structure: Structure,
  calculator: SteppedCalculator,
  options: RecordOptions,
): AsyncGenerator<MdState, RecordSummary, void> {
  const run = await openRun(structure, calculator, options);
  await removeTemporaries(options.files.checkpoint);
  if (!options.resumeFrom) await rm(options.files.checkpoint, { force: true }); // an old one would not fit the new files
  const { files, settings, resumeFrom, shouldStop } = options;
  const { timestepFs } = run.options;
  const analysis =
    settings.analysis &&
    createRunAnalysis(settings.analysis, { md: run.state, timestepFs, from: resumeFrom?.analysis });
  const timing = { firstStep: run.state.step, started: performance.now() };
  await using trajectory = await openRecord(files.trajectory, resumeFrom?.files.trajectoryBytes);
  await using log = await openRecord(files.log, resumeFrom?.files.logBytes);
  const save = async () => {
    await Promise.all([trajectory.flush(), log.flush()]);
    const bytes = { trajectoryBytes: trajectory.length(), logBytes: log.length() };
    await saveMdCheckpoint(files.checkpoint, run, { structure, settings, files: bytes, analysis: analysis?.state });
    if (analysis && files.analysis && run.state.step > 0) await writeAnalysis(analysis.result(), files.analysis);
  };
  const checkpoints = createCheckpointClock(options.checkpointEvery);
  const lastGood = createLastGood(run.state, timestepFs);
  for await (const state of keepingLastGood(continueMd(run, calculator), lastGood, files.lastGood)) {
    const { step } = state;
    const stopping = step < run.options.steps && (await shouldStop?.()) === true;
    if (checkpoints.areDue(step) || stopping || step === run.options.steps) await checkpoints.take(save);
    if (step % settings.trajectoryEvery === 0) await trajectory.append(formatExtxyz(snapshotOf(state, timestepFs)));
    if (step === 0) await log.append(logHeader(state));
    if (step % settings.logEvery === 0) await log.append(logLine(state, timestepFs));
    analysis?.add();
    yield state;
    if (stopping) break;
  }
  const analysed = analysis?.result();
  if (analysed && files.analysis) await writeAnalysis(analysed, files.analysis);
  const seconds = (performance.now() - timing.started) / 1000;
  const summary = summarise(run, calculator, { firstStep: timing.firstStep, seconds });
  const interrupted = run.state.step < run.options.steps;
  return { ...summary, interrupted, files, ...(analysed && { analysis: analysed }) };
}

/**
 * The checkpoint at `path` for going on, checked against what the user asks for now; undefined when there is none.
 *
 * @throws {LammError} `checkpoint` when an option that was given differs from the recorded one.
 */
export async function loadResumePoint(
  path: string,
  { md, settings: { origin, ...settings } }: { md: Partial<MdOptions>; settings: Partial<RecordSettings> },
): Promise<MdCheckpoint | undefined> {
  const checkpoint = await loadMdCheckpoint(path);
  if (checkpoint === undefined) return undefined;
  const { options, origin: recordedOrigin, ...recorded } = checkpoint.settings;
  const { steps, ...asked } = md;
  const before = { ...options, ...recorded, ...recordedOrigin };
  assertSameOptions({ ...asked, ...settings, ...origin }, before, { file: path, what: 'simulation' });
  if (steps !== undefined && steps < checkpoint.step) {
    throw new LammError(
      'checkpoint',
      `the simulation is already at step ${checkpoint.step}, beyond the ${steps} steps asked for in total`,
      {
        file: path,
      },
    );
  }
  return checkpoint;
}

/**
 * Refuses to go on with other analyses than those that were begun; what `asked` leaves open may be anything.
 *
 * @throws {LammError} `checkpoint` with the option, both values, and what to do.
 */
export function assertSameAnalysis(asked: RunAnalysisRequest, { settings }: MdCheckpoint, file: string): void {
  const recorded: RunAnalysisRequest = settings.analysis ?? {};
  const flat = (request: RunAnalysisRequest) => ({
    analyze: Object.keys(request).sort().join() || undefined,
    ...Object.fromEntries(
      Object.entries(request).flatMap(([name, values]) =>
        Object.entries(values).map(([key, value]) => [`${name}:${key}`, value]),
      ),
    ),
  });
  assertSameOptions(flat(asked), flat(recorded), { file, what: 'simulation' });
}

async function* keepingLastGood(
  states: AsyncGenerator<MdState>,
  lastGood: LastGood,
  path: string | undefined,
): AsyncGenerator<MdState, void, void> {
  try {
    for await (const state of states) {
      lastGood.keep(state);
      yield state;
    }
  } catch (error) {
    throw error instanceof UnstableError && path !== undefined ? await lastGood.write(path, error) : error;
  }
}

async function openRun(
  structure: Structure,
  calculator: SteppedCalculator,
  { md, files, resumeFrom }: RecordOptions,
): Promise<MdRun> {
  if (resumeFrom === undefined) return setUpMd(structure, calculator, md);
  return restoreMd(resumeFrom, structure, { file: files.checkpoint, steps: md.steps });
}
