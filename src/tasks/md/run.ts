import { existsSync } from 'node:fs';
import type { SteppedCalculator } from '../../../md/ensembles/respa.js';
import type { MdCheckpoint, MdJournal } from '../../../md/record/md-checkpoint.js';
import {
  type MdFiles,
  openRecord,
  type RecordOptions,
  type RecordSummary,
  recordMd,
} from '../../../md/record/record.js';
import { snapshotOf } from '../../../md/record/snapshot.js';
import { checkMdOptions, type MdOptions, mdSettings, resolveMdOptions } from '../../../md/settings.js';
import type { MdState } from '../../../md/state/state.js';
import { LammError } from '../../errors.js';
import { writeStructures } from '../../io/write-structures.js';
import { assertEffective, checkGiven } from '../../settings/check-settings.js';
import type { Structure } from '../../structure/structure.js';
import { repeatStructure } from '../../structure/supercell.js';
import type { TaskBegins, TaskContext } from '../context.js';
import { openOrigin } from '../resume.js';
import { ofInput } from '../structures/failed-input.js';
import { loadOneInput } from '../structures/load-structure.js';
import { assertDistinct, assertPage } from '../structures/output-path.js';
import { analysisOf } from './analysis-of-md.js';
import { analysisFilesOf, assertFilesFree, mdFilesOf } from './files.js';
import { noticesBefore } from './notices.js';
import { writeMdPage } from './page.js';
import { atEndOf, findMdResumePoint, mdOriginOf, recordedAtEnd } from './resume-md.js';
import { type MdTaskSettings, mdTask } from './schema.js';
import { watchOf } from './watch.js';

/** The state at the start and after each step, which the next step overwrites. */
export interface MdStepped {
  readonly kind: 'step';
  readonly state: MdState;
}

/** What a simulation came to, and the calculator that it was done with. */
export interface MdOutcome {
  readonly summary: RecordSummary;
  readonly calculator: string;
  /** Files that were written at its end, where they were wanted. */
  readonly out?: string;
  readonly report?: string;
}

/**
 * Simulates the structure of a file: a trajectory, a log and a checkpoint, analyses and a page.
 *
 * @throws {LammError} for settings that do not fit, files that are taken, and what the simulation throws.
 */
export async function* runMdTask(
  input: string,
  request: MdTaskSettings,
  context: TaskContext = {},
): AsyncGenerator<TaskBegins | MdStepped, MdOutcome, void> {
  checkGiven(mdTask, request);
  const files = await mdFilesOf(input, request);
  const given = { ...(request.resume && (await recordedAtEnd(files.checkpoint))), ...request };
  assertPage(given.report, '`report`');
  await using journal = await openFiles(files, given, context);
  const asked = simulationOf(given);
  const resumeFrom = given.resume ? await findMdResumePoint(journal, { given, md: asked }, context) : undefined;
  const origin = resumeFrom?.settings.origin ?? mdOriginOf(given);
  const md = mdOptionsOf(asked, resumeFrom);
  const { timestepFs } = checkMdOptions(md); // refuses bad values before a model is loaded
  const structure = await loadStart(input, given, { supercell: origin.supercell, context });
  const analysis = await analysisOf(given, { structure, timestepFs, resumeFrom, checkpoint: files.checkpoint });
  const intervals = resumeFrom?.settings ?? intervalsOf(given);
  const watch = watchOf(given, { ...intervals, resumeFrom, checkpoint: files.checkpoint });
  const settings = resumeFrom?.settings ?? { origin, ...intervals, analysis, resultKeys: given.resultKeys };
  const recording = {
    files: { ...files, ...(analysis && { analysis: analysisFilesOf(files.trajectory) }) },
    settings: { ...settings, watch, atEnd: atEndOf(given, files.checkpoint) },
    ...{ journal, resumeFrom },
  };
  assertFilesFree(recording, structure, given);
  await using calculator = openOrigin(origin, given, context);
  const record = { ...recording, md: resolveMdOptions(md, calculator.capabilities) };
  if (!resumeFrom) assertEffective(mdSettings, asked, record.md);
  const summary = yield* simulate(structure, calculator, { record, input, out: given.out, context });
  if (given.report !== undefined)
    await writeMdPage(given.report, summary, { calculator: calculator.name, viewer: given.viewer });
  return { summary, calculator: calculator.name, out: given.out, report: given.report };
}

/** Makes sure that no other process writes the files. */
async function openFiles(
  files: MdFiles,
  { checkpointEvery, out, report }: MdTaskSettings,
  { tell }: TaskContext,
): Promise<MdJournal> {
  const { trajectory, log, checkpoint, uncertain } = files;
  const outputs = [out, report].filter((path) => path !== undefined);
  const analysis = analysisFilesOf(trajectory);
  await assertDistinct({
    ...{ '`trajectory`': trajectory, '`log`': log, '`checkpoint`': checkpoint, '`out`': out, '`report`': report },
    '`uncertaintySave`': uncertain,
    ...{ 'the results of `analyze`': analysis.json, 'the curves of `analyze`': analysis.csv },
  });
  return openRecord({ ...files, analysis }, { checkpointEvery, outputs, tell });
}

/** The settings that say what is simulated. */
function simulationOf(given: MdTaskSettings): Partial<MdOptions> {
  const entries = Object.entries(given).filter(([key, value]) => value !== undefined && key in mdSettings.shape);
  return Object.fromEntries(entries);
}

function intervalsOf({ trajectoryEvery, logEvery }: MdTaskSettings) {
  const { shape } = mdTask;
  return { trajectoryEvery: shape.trajectoryEvery.parse(trajectoryEvery), logEvery: shape.logEvery.parse(logEvery) };
}

function mdOptionsOf(asked: Partial<MdOptions>, resumeFrom?: MdCheckpoint): MdOptions {
  const recorded = resumeFrom?.settings.options;
  const steps = asked.steps ?? recorded?.steps;
  if (steps !== undefined) return { ...(recorded ?? asked), steps };
  throw new LammError('usage', 'expected `steps`, such as `steps: 1000`; it has no default', { quantity: 'steps' });
}

async function loadStart(
  input: string,
  { frame, occupancy, keepUnconverged }: MdTaskSettings,
  { supercell, context: { tell } }: { readonly supercell?: string; readonly context: TaskContext },
): Promise<Structure> {
  const structure = await loadOneInput(input, { frame, occupancy, keepUnconverged, tell });
  if (supercell === undefined) return structure;
  const [a, b, c] = supercell.split(',').map(Number);
  return repeatStructure(structure, [a, b, c]);
}

interface Simulation {
  readonly record: RecordOptions;
  /** File of the structure. */
  readonly input: string;
  /** File for the last structure. */
  readonly out?: string;
  readonly context: TaskContext;
}

async function* simulate(
  structure: Structure,
  calculator: SteppedCalculator,
  { record, input, out, context }: Simulation,
): AsyncGenerator<TaskBegins | MdStepped, RecordSummary, void> {
  const { md, files, resumeFrom, settings } = record;
  let last: MdState | undefined;
  try {
    for (const text of noticesBefore(structure, calculator, { ...record, out })) context.tell?.(text);
    yield { kind: 'begin', total: md.steps, done: resumeFrom?.progress?.step ?? 0 };
    const shown = { head: calculator.capabilities.headFor?.(structure).name, resultKeys: settings.resultKeys };
    const states = recordMd(structure, calculator, { ...record, shouldStop: context.shouldStop });
    let next = await states.next();
    for (; !next.done; next = await states.next()) {
      last = next.value;
      yield { kind: 'step', state: last };
    }
    if (out !== undefined && last) await writeStructures(out, [snapshotOf(last, md.timestepFs, shown)]);
    return next.value;
  } catch (error) {
    throw withWayOn(ofInput(error, input), files);
  }
}

/** A file that cannot be written, such as on a full disk, has not cost what was saved. */
function withWayOn(error: unknown, { checkpoint }: MdFiles): unknown {
  if (!(error instanceof LammError && error.code === 'file-write' && existsSync(checkpoint))) return error;
  const { file = '' } = error.details;
  const message = error.message.replace(`${file}: `, ''); // which the new error puts in front again
  return new LammError(error.code, `${message}; \`resume\` goes on from ${checkpoint}`, error.details);
}
