import { existsSync } from 'node:fs';
import type { z } from 'zod';
import type { AnalysisOptions, AnalysisResult } from '../../../md/analysis/analysis.js';
import { thermodynamicsOfLog } from '../../../md/analysis/log-table.js';
import type { ObservableName } from '../../../md/analysis/observables.js';
import { formatCurves } from '../../../md/analysis/write-analysis.js';
import { countOf } from '../../count-of.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { readTextSync } from '../../io/bytes/read-file.js';
import { checkSettings } from '../../settings/check-settings.js';
import { writeReport } from '../analysis/analysis-report.js';
import { loadViewerLibrary } from '../analysis/viewer-library.js';
import type { TaskContext } from '../context.js';
import { InputNotices } from '../structures/input-notices.js';
import { assertDistinct, assertFree, assertPage, companionPath, resolveOutputPath } from '../structures/output-path.js';
import { type AnalyzeTaskSettings, analyzeTask, type ViewTaskSettings, viewTask } from './schema.js';
import { type AnalysedTrajectory, analyseTrajectory } from './trajectory.js';

export interface AnalyzeOutcome {
  readonly result: AnalysisResult;
  /** What was written. */
  readonly csv?: string;
  readonly html?: string;
}

type Settings = z.output<typeof analyzeTask>;

/**
 * Structure, transport and vibrations from the trajectory of a file; curves go to `csv` and a page to `html`, where
 * they are given.
 *
 * @throws {LammError} for settings that do not fit, files that are taken, and frames that lack what is asked for.
 */
export async function runAnalyzeTask(
  file: string,
  given: AnalyzeTaskSettings,
  { tell }: TaskContext = {},
): Promise<AnalyzeOutcome> {
  const settings = checkSettings(analyzeTask, given);
  const { csv, html } = settings;
  await assertOutputs(settings);
  const library = html === undefined ? undefined : loadViewerLibrary(settings.viewer);
  const analysed = await readAndAnalyse(file, settings, tell);
  const { result, view, remarks } = analysed;
  for (const text of remarks) tell?.(text);
  for (const { message } of result.notices) tell?.(`notice: ${message}`);
  if (csv !== undefined) await writeFileAtomic(csv, formatCurves(result));
  if (html !== undefined) {
    const said = [describeTrajectory(file, result), ...remarks, ...result.notices.map(({ message }) => message)];
    await writeReport(html, { title: file, remarks: said, result, frames: view, library });
  }
  return { result, csv, html };
}

/** Analyses a trajectory, and draws the page that `out` names. */
export async function runViewTask(
  file: string,
  given: ViewTaskSettings,
  context: TaskContext = {},
): Promise<AnalyzeOutcome> {
  const { out, ...settings } = checkSettings(viewTask, given);
  const html = resolveOutputPath({ input: file, out, suffix: '.html', force: settings.force });
  return runAnalyzeTask(file, { ...settings, html }, context);
}

/** Which trajectory was analysed, in a line. */
export function describeTrajectory(
  file: string,
  { frames, atomCount, firstTimeFs, lastTimeFs }: AnalysisResult,
): string {
  const times = frames > 1 ? ` from ${firstTimeFs / 1000} to ${lastTimeFs / 1000} ps` : '';
  return `${file}: ${countOf(frames, 'frame')} of ${countOf(atomCount, 'atom')}${times}`;
}

async function assertOutputs({ csv, html, force }: Settings): Promise<void> {
  await assertDistinct({ '`csv`': csv, '`html`': html });
  assertPage(html, '`html`');
  for (const [key, path] of Object.entries({ csv, html }))
    if (path !== undefined) assertFree(path, force, `\`${key}\``);
}

async function readAndAnalyse(
  file: string,
  settings: Settings,
  tell: TaskContext['tell'],
): Promise<AnalysedTrajectory> {
  const { intervalFs, fromFs = Number.NEGATIVE_INFINITY, every, log, occupancy, keepUnconverged } = settings;
  const named = new Set((['rdf', 'msd', 'vacf', 'thermo'] as const).filter((name) => settings[name]));
  const choice = { named, options: analysisOptions(named, settings) };
  const notices = new InputNotices([file]);
  const reading = { occupancy, keepUnconverged, onNotice: notices.of(file) };
  const analysed = await analyseTrajectory(file, choice, { intervalFs, fromFs, every, reading });
  if (tell !== undefined) notices.tell(tell);
  if (!analysed.result.thermo) return analysed;
  const means = await readLog(file, { log, fromFs });
  return { ...analysed, result: { ...analysed.result, thermo: { ...analysed.result.thermo, ...means } } };
}

function analysisOptions(
  named: ReadonlySet<ObservableName>,
  { cutoff, binWidth, unwrap, fitFromFs, fitToFs, window }: Settings,
): AnalysisOptions {
  const wants = (name: ObservableName) => named.size === 0 || named.has(name);
  return {
    ...(wants('rdf') && { rdf: { cutoff, binWidth } }),
    ...(wants('msd') && { msd: { unwrap, fitFromFs, fitToFs } }),
    ...(wants('vacf') && { vacf: { window } }),
    thermo: wants('thermo'),
  };
}

/** Means over the log, which has more samples than the trajectory. */
async function readLog(trajectory: string, { log, fromFs }: { readonly log?: string; readonly fromFs: number }) {
  const path = log ?? companionPath(trajectory, '.csv');
  if (log === undefined && (trajectory === '-' || !existsSync(path))) return {};
  const text = readTextSync(path);
  if (log === undefined && !text.startsWith('step,time_fs,')) return {}; // some other table
  return thermodynamicsOfLog(text, { file: path, fromFs });
}
