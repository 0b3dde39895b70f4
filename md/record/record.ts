import { countOf } from '../../src/count-of.js';
import { LammError, UnstableError } from '../../src/errors.js';
import { formatExtxyz } from '../../src/io/xyz/extxyz.js';
import { assertSameOptions } from '../../src/journal/same-run.js';
import type { Structure } from '../../src/structure/structure.js';
import { createRunAnalysis, type RunAnalysisRequest, type RunAnalysisResult } from '../analysis/run-analysis.js';
import { type AnalysisFiles, writeAnalysis } from '../analysis/write-analysis.js';
import type { SteppedCalculator } from '../ensembles/respa.js';
import { continueMd, type MdRun, type MdSummary, setUpMd, summarise } from '../run.js';
import type { MdOptions, ResolvedMdOptions } from '../settings.js';
import type { MdState } from '../state/state.js';
import { assertWatchable, createErrorWatch, type Look, type WatchOptions, type WatchTally } from './error-watch.js';
import { createLastGood, type LastGood } from './last-good.js';
import { rememberLastResult } from './last-result.js';
import { logHeader, logLine } from './log-table.js';
import {
  assertSameStructure,
  firstMdCheckpoint,
  type MdCheckpoint,
  type MdJournal,
  mdCheckpoint,
  openMdJournal,
  type RecordSettings,
  restoreMd,
  resumedOptions,
} from './md-checkpoint.js';
import { snapshotOf } from './snapshot.js';

/** Where a simulation is recorded. */
export interface MdFiles {
  /** Frames in extended XYZ. */
  readonly trajectory: string;
  /** Comma-separated table of energies and temperature. */
  readonly log: string;
  readonly checkpoint: string;
  /** Where frames go that the model knows little of, in extended XYZ. */
  readonly uncertain?: string;
  /** Where the last good frame goes when a simulation becomes unstable; nowhere when absent. */
  readonly lastGood?: string;
  /** Where results of `settings.analysis` go, at each checkpoint and at the end. */
  readonly analysis?: AnalysisFiles;
}

export interface RecordOptions {
  readonly md: ResolvedMdOptions;
  readonly files: MdFiles;
  readonly settings: RecordSettings;
  /** What `openRecord` opened of the files. */
  readonly journal: MdJournal;
  /** What was loaded from the journal, to go on from. */
  readonly resumeFrom?: MdCheckpoint;
  /** Asked after every step: once true, a checkpoint is taken and the recording ends. */
  readonly shouldStop?: () => Promise<boolean> | boolean;
}

export interface RecordSummary extends MdSummary {
  readonly interrupted: boolean;
  readonly files: MdFiles;
  /** What the analyses came to, if there were any. */
  readonly analysis?: RunAnalysisResult;
  /** What watching the errors to expect came to, if they were watched. */
  readonly uncertainty?: WatchSummary;
}

export interface WatchSummary extends Omit<WatchTally, 'energySum'> {
  /** Mean error of the energy over the looks, eV/atom. */
  readonly energyPerAtom: number;
  /** The error that ended the simulation before its last step, if one did, and the limit that it is beyond, eV/A. */
  readonly stopped?: { readonly force: number; readonly limit: number };
}

export interface OpenRecordOptions {
  /**
   * Steps between checkpoints, besides those at the start, at the end and at an interruption.
   * By default they are taken by the clock, about every second and never for more than a fiftieth of the time.
   */
  readonly checkpointEvery?: number;
  /** Files that are written in the end, which a resumed simulation may replace. */
  readonly outputs?: readonly string[];
  /** Told of a simulation that is taken over from a process that has ended, and of a damaged checkpoint. */
  readonly tell?: (text: string) => void;
}

/**
 * Takes the right to write the files of a simulation, which are not changed yet.
 *
 * @throws {LammError} `locked` when another process has it.
 */
export async function openRecord(files: MdFiles, options: OpenRecordOptions = {}): Promise<MdJournal> {
  const { checkpoint, trajectory, log, uncertain, lastGood, analysis } = files;
  const companions = [lastGood, analysis?.json, analysis?.csv].filter((path) => path !== undefined);
  return openMdJournal({ ...options, checkpoint, files: { trajectory, log, uncertain }, companions });
}

/**
 * Runs molecular dynamics into files: yields the state after each step, returns the summary.
 *
 * The first checkpoint holds the options alone and is there before anything is calculated.  The others are taken before
 * their own step is recorded and hold the lengths of the files at that moment. A resumed simulation cuts the files back
 * to these lengths, records that step and goes on, so that the files are the same to the bit wherever it was stopped,
 * `kill -9` included.
 *
 * @throws {LammError} `missing-property` when errors are watched that the calculator does not know.
 * @throws {UnstableError} when the simulation explodes: recorded frames and the last checkpoint stay.
 */
export async function* recordMd(
  structure: Structure,
  given: SteppedCalculator,
  options: RecordOptions,
): AsyncGenerator<MdState, RecordSummary, void> {
  const { files, settings, journal, resumeFrom, shouldStop } = options;
  if (settings.watch) assertWatchable(settings.watch, given, structure);
  const calculator = rememberLastResult(given);
  const run = await openRun(structure, calculator, options);
  const { timestepFs } = run.options;
  const shown = { head: calculator.capabilities.headFor?.(run.state).name, resultKeys: settings.resultKeys };
  const analysis =
    settings.analysis &&
    createRunAnalysis(settings.analysis, { md: run.state, timestepFs, from: resumeFrom?.analysis });
  const watch = settings.watch && createErrorWatch(settings.watch, calculator, resumeFrom?.progress?.watch);
  const timing = { firstStep: run.state.step, started: performance.now() };
  const save = async () => {
    await journal.save(mdCheckpoint(run, { structure, settings, analysis: analysis?.state, watch: watch?.tally }));
    if (analysis && files.analysis && run.state.step > 0) await writeAnalysis(analysis.result(), files.analysis);
  };
  const lastGood = createLastGood(run.state, { timestepFs, ...shown });
  let stopped: WatchSummary['stopped'];
  for await (const state of keepingLastGood(continueMd(run, calculator), lastGood, files.lastGood)) {
    const { step } = state;
    const look = await watch?.look(state);
    if (step < run.options.steps) stopped = limitPassed(look, settings.watch);
    const stopping = stopped !== undefined || (step < run.options.steps && (await shouldStop?.()) === true);
    if (journal.isDue(step) || stopping || step === run.options.steps) await save();
    if (step % settings.trajectoryEvery === 0) {
      const frame = snapshotOf(state, timestepFs, shown);
      await journal.append('trajectory', formatExtxyz(look ? look.label(frame) : frame));
    }
    const logged = { watched: watch !== undefined, errors: look };
    if (step === 0) await journal.append('log', logHeader(state, logged));
    if (step % settings.logEvery === 0) await journal.append('log', logLine(state, timestepFs, logged));
    if (look) watch?.add(look);
    // Under names that no training takes for labels.
    if (look?.isBeyond)
      await journal.append('uncertain', formatExtxyz(look.label(snapshotOf(state, timestepFs, { head: shown.head }))));
    analysis?.add();
    yield state;
    if (stopping) break;
  }
  const analysed = analysis?.result();
  if (analysed && files.analysis) await writeAnalysis(analysed, files.analysis);
  const seconds = (performance.now() - timing.started) / 1000;
  const summary = summarise(run, calculator, { firstStep: timing.firstStep, seconds });
  const interrupted = run.state.step < run.options.steps;
  const uncertainty = watch && { uncertainty: summaryOf(watch.tally, stopped) };
  return { ...summary, interrupted, files, ...(analysed && { analysis: analysed }), ...uncertainty };
}

function limitPassed(look: Look | undefined, watch: WatchOptions | undefined): WatchSummary['stopped'] {
  if (look?.isTooFar !== true || look.largestForce === undefined || watch?.stopAbove === undefined) return undefined;
  return { force: look.largestForce, limit: watch.stopAbove };
}

function summaryOf({ energySum, ...tally }: WatchTally, stopped: WatchSummary['stopped']): WatchSummary {
  return { ...tally, energyPerAtom: energySum / Math.max(1, tally.looks), ...(stopped && { stopped }) };
}

/**
 * The last checkpoint of a simulation for going on, checked against what the user asks for now; undefined when there is
 * none.
 *
 * @throws {LammError} `checkpoint` when an option that was given differs from the recorded one.
 */
export async function loadResumePoint(
  journal: MdJournal,
  { md, settings: { origin, ...settings } }: { md: Partial<MdOptions>; settings: Partial<RecordSettings> },
): Promise<MdCheckpoint | undefined> {
  const checkpoint = await journal.load();
  if (checkpoint === undefined) return undefined;
  const { options, origin: recordedOrigin, watch: _, ...recorded } = checkpoint.settings;
  const { steps, ...asked } = md;
  const file = journal.path;
  const before = { ...options, ...recorded, ...recordedOrigin };
  assertSameOptions({ ...asked, ...settings, ...origin }, before, { file, what: 'simulation' });
  const { step = 0 } = checkpoint.progress ?? {};
  if (steps !== undefined && steps < step) {
    const message = `the simulation is already at step ${step}, beyond the ${countOf(steps, 'step')} asked for in total`;
    throw new LammError('checkpoint', message, { file });
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

/** The simulation where it was left, or at its start; its files are open then. */
async function openRun(
  structure: Structure,
  calculator: SteppedCalculator,
  { md, journal, resumeFrom, settings }: RecordOptions,
): Promise<MdRun> {
  if (resumeFrom === undefined) {
    await journal.begin(firstMdCheckpoint(md, { structure, settings }));
    const run = await setUpMd(structure, calculator, md).catch(async (error: unknown) => {
      await journal.takeBack();
      throw error;
    });
    await journal.proceed();
    return run;
  }
  const file = journal.path;
  assertSameStructure(resumeFrom, structure, file);
  const { progress } = resumeFrom;
  const options = resumedOptions(resumeFrom, md.steps);
  const run = progress
    ? restoreMd(progress, structure, { options, file })
    : await setUpMd(structure, calculator, options);
  await journal.proceed();
  return run;
}
