import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { AnalysisOptions, AnalysisResult } from '../../../md/analysis/analysis.js';
import { thermodynamicsOfLog } from '../../../md/analysis/log-table.js';
import { formatCurves } from '../../../md/analysis/write-analysis.js';
import { countOf } from '../../count-of.js';
import { LammError } from '../../errors.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { formatTable } from '../../report/format-table.js';
import { parseQuantity } from '../../settings/quantity.js';
import { writeReport } from '../../tasks/analysis/analysis-report.js';
import { summaryTable } from '../../tasks/analysis/analysis-text.js';
import { loadViewerLibrary } from '../../tasks/analysis/viewer-library.js';
import {
  assertDistinct,
  assertFree,
  assertPage,
  companionPath,
  resolveOutputPath,
} from '../../tasks/structures/output-path.js';
import { configOption } from '../input/config-file.js';
import { parseCount } from '../input/shared-options.js';
import { print, printJson, remark } from '../output/output.js';
import { type AnalysedTrajectory, analyseTrajectory } from './trajectory-source.js';

interface Options {
  readonly rdf?: boolean;
  readonly msd?: boolean;
  readonly vacf?: boolean;
  readonly thermo?: boolean;
  readonly cutoff?: string;
  readonly binWidth?: string;
  readonly window?: number;
  readonly fitFrom?: string;
  readonly fitTo?: string;
  readonly unwrap: boolean;
  readonly interval?: string;
  readonly from?: string;
  readonly every: number;
  readonly log?: string;
  readonly csv?: string;
  readonly html?: string;
  readonly viewer?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `lamm analyze`: structure, transport and vibrations from a trajectory. */
export function registerAnalyze(command: Command): void {
  command.argument('<trajectory>', 'frames in any known format; - for the standard input');
  addAnalysisOptions(command)
    .option('--csv <path>', 'all curves as one table')
    .option('--html <path>', 'a report with pictures, one page that needs no other file')
    .option('--json', 'print one JSON object on stdout')
    .action(analyze);
}

/** `lamm view`: the same as a page to look at. */
export function registerView(command: Command): void {
  command.argument('<trajectory>', 'frames in any known format; - for the standard input');
  addAnalysisOptions(command)
    .option('-o, --out <path>', 'the page (default: named after the input)')
    .option('--json', 'print one JSON object on stdout')
    .action(view);
}

function addAnalysisOptions(command: Command): Command {
  return command
    .option('--rdf', 'radial distribution of all atoms and of each pair of elements')
    .option('--msd', 'mean squared displacement and diffusion coefficient')
    .option('--vacf', 'velocity autocorrelation and vibrational spectrum')
    .option('--thermo', 'means of temperature, energy, density and pressure with block-averaged errors')
    .option('--cutoff <length>', 'largest distance of the radial distribution (default: 8 A)')
    .option('--bin-width <length>', 'its resolution (default: 0.05 A)')
    .addOption(
      new Option('--window <frames>', 'longest lag of the velocity autocorrelation (default: 1000)').argParser(
        parseCount,
      ),
    )
    .option('--fit-from <time>', 'shortest lag of the diffusion fit (default: a fifth of the longest)')
    .option('--fit-to <time>', 'longest lag of the diffusion fit (default: half of the trajectory)')
    .option('--no-unwrap', 'take positions as they stand, also when atoms jump across the cell')
    .option('--interval <time>', 'time between frames, for files that do not say it')
    .option('--from <time>', 'leave out what is before, while the system settles')
    .addOption(new Option('--every <frames>', 'take each so-manieth frame').argParser(parseCount).default(1))
    .option('--log <path>', 'log of the simulation (default: the .csv beside the trajectory, if it is one)')
    .option('--viewer <path>', '3Dmol-min.js, where the package 3dmol is not installed')
    .option('--force', 'replace files that exist')
    .addOption(configOption);
}

async function view(file: string, { out, ...options }: Options & { readonly out?: string }): Promise<void> {
  await analyze(file, {
    ...options,
    html: resolveOutputPath({ input: file, out, suffix: '.html', force: options.force }),
  });
}

async function analyze(file: string, options: Options): Promise<void> {
  await assertDistinct({ '--csv': options.csv, '--html': options.html });
  assertPage(options.html, '--html');
  for (const option of ['csv', 'html'] as const) {
    const path = options[option];
    if (path !== undefined) assertFree(path, options.force, `--${option}`);
  }
  const library = options.html === undefined ? undefined : loadViewerLibrary(options.viewer);
  const analysed = await readAndAnalyse(file, options);
  for (const text of analysed.remarks) remark(text);
  for (const { message } of analysed.result.notices) remark(`notice: ${message}`);
  await writeFiles(analysed, { file, library, ...options });
  const { result } = analysed;
  const { csv, html } = options;
  if (options.json) printJson({ file, ...result, ...(csv && { csv }), ...(html && { html }) });
  else {
    print(`${describe(file, result)}\n${formatTable(summaryTable(result))}`);
    for (const path of [csv, html]) if (path !== undefined) print(`written to ${path}`);
  }
}

async function readAndAnalyse(file: string, options: Options): Promise<AnalysedTrajectory> {
  const named = new Set((['rdf', 'msd', 'vacf', 'thermo'] as const).filter((name) => options[name]));
  const fromFs = (await quantityOf(options.from, 'time', '--from')) ?? Number.NEGATIVE_INFINITY;
  const analysed = await analyseTrajectory(
    file,
    { named, options: await analysisOptions(named, options) },
    { intervalFs: await intervalOf(options), fromFs, every: options.every },
  );
  if (!analysed.result.thermo) return analysed;
  const log = await readLog(file, { log: options.log, fromFs });
  return { ...analysed, result: { ...analysed.result, thermo: { ...analysed.result.thermo, ...log } } };
}

async function analysisOptions(named: ReadonlySet<string>, options: Options): Promise<AnalysisOptions> {
  const wants = (name: string) => named.size === 0 || named.has(name);
  const { unwrap, window } = options;
  const cutoff = await quantityOf(options.cutoff, 'length', '--cutoff');
  const binWidth = await quantityOf(options.binWidth, 'length', '--bin-width');
  const fitFromFs = await quantityOf(options.fitFrom, 'time', '--fit-from');
  const fitToFs = await quantityOf(options.fitTo, 'time', '--fit-to');
  return {
    ...(wants('rdf') && { rdf: { cutoff, binWidth } }),
    ...(wants('msd') && { msd: { unwrap, fitFromFs, fitToFs } }),
    ...(wants('vacf') && { vacf: { window } }),
    thermo: wants('thermo'),
  };
}

async function quantityOf(
  text: string | undefined,
  kind: 'time' | 'length',
  option: string,
): Promise<number | undefined> {
  return text === undefined ? undefined : parseQuantity(text, kind, option);
}

/** Means over the log, which has more samples than the trajectory. */
async function readLog(trajectory: string, { log, fromFs }: { log?: string; fromFs: number }) {
  const path = log ?? companionPath(trajectory, '.csv');
  if (log === undefined && (trajectory === '-' || !existsSync(path))) return {};
  const text = await readFile(path, 'utf8');
  if (log === undefined && !text.startsWith('step,time_fs,')) return {}; // some other table
  return thermodynamicsOfLog(text, { file: path, fromFs });
}

interface Outputs extends Options {
  readonly file: string;
  readonly library: string | undefined;
}

async function writeFiles(
  { result, view, remarks }: AnalysedTrajectory,
  { file, library, csv, html }: Outputs,
): Promise<void> {
  if (csv !== undefined) await writeFileAtomic(csv, formatCurves(result));
  if (html === undefined) return;
  const said = [describe(file, result), ...remarks, ...result.notices.map(({ message }) => message)];
  await writeReport(html, { title: file, remarks: said, result, frames: view, library });
}

function describe(file: string, { frames, atomCount, firstTimeFs, lastTimeFs }: AnalysisResult): string {
  return `${file}: ${countOf(frames, 'frame')} of ${countOf(atomCount, 'atom')} from ${firstTimeFs / 1000} to ${lastTimeFs / 1000} ps`;
}

async function intervalOf({ interval }: Options): Promise<number | undefined> {
  const intervalFs = await quantityOf(interval, 'time', '--interval');
  if (intervalFs === undefined || intervalFs > 0) return intervalFs;
  throw new LammError('usage', `--interval: expected a time above 0 fs, found ${intervalFs}`);
}
