import { type Command, Option } from 'commander';
import type { RunAnalysisOptions, RunAnalysisRequest } from '../../../md/analysis/run-analysis.js';
import type { AnalysisFiles } from '../../../md/analysis/write-analysis.js';
import type { MdCheckpoint } from '../../../md/record/checkpoint.js';
import type { MdFiles, RecordSummary } from '../../../md/record/record.js';
import type { Structure } from '../../structure/structure.js';
import { type AnalysisSpec, analysisHelp, parseAnalysisSpec, requestOf } from '../analyze/analysis-spec.js';
import { parseCount } from '../input/shared-options.js';

/** Options of `lamm md` about what is analysed while it runs. */
export interface MdAnalysisOptions {
  readonly analyze?: AnalysisSpec;
  readonly analyzeEvery?: number;
  readonly report?: string;
  readonly viewer?: string;
}

/** Adds them to a command. */
export function addMdAnalysisOptions(command: Command): Command {
  return command
    .addOption(new Option('--analyze <what>', analysisHelp).argParser(parseAnalysisSpec))
    .addOption(
      new Option(
        '--analyze-every <steps>',
        'steps between samples of those that say no other (default: 100 for rdf, 10 for msd and thermo, four in the shortest vibration for vacf)',
      ).argParser(parseCount),
    )
    .option(
      '--report <path>',
      'a page with pictures and the atoms in space, at the end (without --analyze: of everything)',
    )
    .option('--viewer <path>', '3Dmol-min.js for --report, where the package 3dmol is not installed');
}

/**
 * What is to be analysed: what the user asks for, or what a resumed simulation was begun with.
 *
 * @throws {LammError} `checkpoint` when something else is asked for than it was begun with.
 */
export async function analysisOf(
  options: MdAnalysisOptions,
  {
    structure,
    timestepFs,
    resumeFrom,
    checkpoint,
  }: { structure: Structure; timestepFs: number; resumeFrom?: MdCheckpoint; checkpoint: string },
): Promise<RunAnalysisOptions | undefined> {
  const isPeriodic = structure.pbc.every(Boolean);
  const request = await requestedAnalysis(options, { isPeriodic, isResumed: resumeFrom !== undefined });
  if (resumeFrom) {
    const { assertSameAnalysis } = await import('../../../md/record/record.js');
    if (request) assertSameAnalysis(request, resumeFrom, checkpoint);
    return resumeFrom.settings.analysis;
  }
  if (request === undefined) return undefined;
  const { resolveRunAnalysis } = await import('../../../md/analysis/run-analysis.js');
  return resolveRunAnalysis(request, { system: structure, timestepFs });
}

async function requestedAnalysis(
  { analyze, analyzeEvery, report }: MdAnalysisOptions,
  { isPeriodic, isResumed }: { isPeriodic: boolean; isResumed: boolean },
): Promise<RunAnalysisRequest | undefined> {
  const spec = analyze ?? (report !== undefined && !isResumed ? { isAll: true, observables: {} } : undefined);
  if (spec !== undefined) return requestOf(spec, { every: analyzeEvery, isPeriodic });
  if (analyzeEvery === undefined || isResumed) return undefined;
  const { LammError } = await import('../../errors.js');
  throw new LammError('usage', '--analyze-every: expected --analyze too, which says what is analysed', {
    quantity: '--analyze-every',
  });
}

/** Names of the results, beside the trajectory. */
export async function analysisFilesOf(trajectory: string): Promise<AnalysisFiles> {
  const { companionPath } = await import('../output/output.js');
  return { json: companionPath(trajectory, '-analysis.json'), csv: companionPath(trajectory, '-analysis.csv') };
}

/** Writes the report that `--report` asks for, from the results and the files of a simulation. */
export async function writeMdReport(
  summary: RecordSummary,
  { report, viewer }: MdAnalysisOptions,
  calculator: string,
): Promise<void> {
  if (report === undefined) return;
  const { writeReport } = await import('../analyze/analysis-report.js');
  const { sampleTrajectory } = await import('../analyze/view-sampler.js');
  const { loadViewerLibrary } = await import('../analyze/viewer-library.js');
  const { describeRun } = await import('./md-report.js');
  const { files, analysis, atomCount } = summary;
  const notices = analysis?.notices.map(({ message }) => `notice: ${message}`) ?? [];
  await writeReport(report, {
    title: `Molecular dynamics: ${files.trajectory}`,
    remarks: [describeRun({ ...summary, stepsHere: summary.steps }, calculator), ...notices],
    result: { atomCount, ...analysis, thermo: analysis?.thermo ?? (await thermodynamicsOf(files)) },
    drift: summary,
    frames: await sampleTrajectory(files.trajectory),
    library: loadViewerLibrary(viewer),
  });
}

async function thermodynamicsOf({ log }: MdFiles) {
  const { readFile } = await import('node:fs/promises');
  const { thermodynamicsOfLog } = await import('../../../md/analysis/log-table.js');
  return thermodynamicsOfLog(await readFile(log, 'utf8'), { file: log });
}
