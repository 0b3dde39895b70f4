import { type Command, Option } from 'commander';
import { checkData, type DataReport, type FileReport } from '../../../pretrain/dataset/check/check-data.js';
import { loadSamples, type SampleFile } from '../../../pretrain/dataset/load/load-samples.js';
import { openData } from '../../../pretrain/dataset/open-data.js';
import { checkPrepared } from '../../../pretrain/dataset/prepared/check-prepared.js';
import { countOf } from '../../count-of.js';
import { isAboutOneFile, LammError } from '../../errors.js';
import { expandFolder } from '../../io/data-folder.js';
import type { DataSummary, Range } from '../../io/describe.js';
import { shortPaths } from '../../report/short-paths.js';
import { readTrainingFile } from '../../tasks/train/training-file.js';
import { configOption } from '../input/config-file.js';
import { strictOption, unconvergedOption } from '../input/input-options.js';
import { parsePositive } from '../input/shared-options.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark, spelled } from '../output/output.js';
import { exitCode } from '../output/report-error.js';
import { formatDataSummary, formatFindings, formatFit, formatIgnored, formatLeftOut } from './format-data-summary.js';

interface Options {
  readonly energyKey?: string;
  readonly forcesKey?: string;
  readonly unlabelled?: boolean;
  readonly maxResidual: number;
  readonly keepUnconverged?: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** `lamm data check`: what a training would make of files, and whether it should. */
export function registerDataCheck(command: Command): void {
  command
    .argument(
      '<files...>',
      'structures in any known format, FILE@2 the second of a file, or folders of such files, all of one level of theory; or the YAML file of a training',
    )
    .option('--energy-key <key>', 'key of the energies, when it is not the usual one')
    .option('--forces-key <key>', 'key of the forces, when it is not the usual one')
    .option('--unlabelled', 'the files need no labels, for training on structures alone')
    .addOption(
      new Option('--max-residual <number>', 'largest distance from the reference fit, in eV/atom, that is no mistake')
        .argParser(parsePositive)
        .default(5),
    )
    .addOption(unconvergedOption)
    .addOption(strictOption)
    .option('--json', 'print one JSON object on stdout')
    .addOption(configOption)
    .action(dataCheck);
}

async function dataCheck(paths: string[], options: Options, command: Command): Promise<void> {
  const [config] = paths;
  if (/\.ya?ml$/i.test(config)) {
    if (paths.length > 1)
      throw new LammError('usage', 'expected one configuration of a training, or files of structures');
    assertNoLabelOptions(command);
    await checkTraining(config, options);
    return;
  }
  const { files, problems, skipped, fileCount } = await loadFiles(paths, options);
  const report = await checkData(files, { maximumResidual: options.maxResidual });
  const allProblems = [...problems, ...report.problems];
  const isUsable = allProblems.length === 0;
  if (options.json) {
    const said = {
      skipped: skipped.map(spelled),
      problems: allProblems.map(spelled),
      remarks: report.remarks.map(spelled),
    };
    printJson({ ...report, ...said, usable: isUsable });
  }
  if (!options.json && files.length > 0) print(formatReport(report));
  if (skipped.length > 0) remark(`${skipped.length} of ${fileCount} files could not be read and are skipped:`);
  for (const text of skipped) remark(`skipped: ${text}`);
  for (const text of report.remarks) remark(`note: ${text}`);
  for (const text of allProblems) remark(`refused: ${text}`);
  if (!isUsable) process.exitCode = exitCode.badInput;
  else if (!options.json) print('nothing speaks against training on these files');
}

/** What the configuration of a training says itself. */
function assertNoLabelOptions(command: Command): void {
  const names = ['energyKey', 'forcesKey', 'unlabelled', 'maxResidual', 'keepUnconverged', 'strict'];
  const given = command.options.find((option) => {
    const name = option.attributeName();
    return names.includes(name) && !['default', undefined].includes(command.getOptionValueSource(name));
  });
  if (given === undefined) return;
  throw new LammError(
    'usage',
    `expected no ${given.long} beside the YAML file of a training, which has its own settings`,
  );
}

/** Looks at the data of a training as it would itself. */
async function checkTraining(file: string, { json }: Options): Promise<void> {
  const { config, directory } = await readTrainingFile(file);
  const { energyReduction } = config.training;
  const data = await openData(config.data, { directory, energyReduction });
  const { problems, remarks } = await checkPrepared(data);
  const isUsable = problems.length === 0;
  if (json) {
    const { subsets, files, elements } = data;
    const fits = Object.fromEntries(data.heads.map(({ name, fit }) => [name, fit ?? null]));
    const said = { problems: problems.map(spelled), remarks: remarks.map(spelled) };
    printJson({ subsets, files, elements, fits, ...said, usable: isUsable });
  } else print(formatDataSummary(data));
  for (const text of remarks) remark(`note: ${text}`);
  for (const text of problems) remark(`refused: ${text}`);
  if (!isUsable) process.exitCode = exitCode.badInput;
  else if (!json) print('nothing speaks against training on these data');
}

/** Every file that can be read, and why the others cannot: a problem where all fail, or when nothing may be skipped. */
async function loadFiles(paths: readonly string[], options: Options) {
  const { energyKey, forcesKey, unlabelled, strict, keepUnconverged } = options;
  const names = paths.flatMap(expandFolder);
  const files: SampleFile[] = [];
  const failures: string[] = [];
  let isSkippable = strict !== true;
  for (const path of names) {
    const file = { path, name: path, energyKey, forcesKey, ...(unlabelled && { labels: 'none' as const }) };
    try {
      files.push(await loadSamples(file, { keepUnconverged }));
    } catch (error) {
      if (!(error instanceof LammError)) throw error;
      isSkippable &&= isAboutOneFile(error);
      failures.push(error.message);
    }
  }
  const areProblems = !isSkippable || files.length === 0;
  return {
    files,
    fileCount: names.length,
    ...(areProblems ? { problems: failures, skipped: [] } : { problems: [], skipped: failures }),
  };
}

/** Beyond this many files only their sums fit a screen. */
const maxRows = 20;

function formatReport({ files, fit, consistency, stressConsistency }: DataReport): string {
  const short = shortPaths(files.map(({ name }) => name));
  const header = ['file', 'frames', 'atoms', 'E', 'F', 'S', 'unused', 'E/atom (eV)', 'Fmax (eV/A)', 'S max (GPa)'];
  const rows = files.length > maxRows ? [sumOf(files)] : files;
  const named = files.map((file) => ({ ...file, name: short.get(file.name) ?? file.name }));
  const lines = [fitTable([header, ...rows.map((file) => formatRow(file, short.get(file.name) ?? file.name))], 1)];
  lines.push(...formatIgnored(named), ...formatLeftOut(named), ...formatFindings(named));
  if (fit) lines.push(...formatFit(fit));
  const { hasForces, hasStress } = labelsOf(files);
  if (hasForces) lines.push(`forces against energies: ${formatForceConsistency(consistency)}`);
  if (hasStress) lines.push(`stress against energies: ${formatStressConsistency(stressConsistency)}`);
  return lines.join('\n');
}

function labelsOf(files: readonly FileReport[]) {
  return { hasForces: files.some(({ forces }) => forces > 0), hasStress: files.some(({ stresses }) => stresses > 0) };
}

function formatForceConsistency(consistency: DataReport['consistency']): string {
  if (consistency === undefined) return 'no two frames are close enough to compare';
  const { pairs, agreement, slope } = consistency;
  const share = `${Math.round(100 * agreement)} % of ${countOf(pairs, 'pair')} of close frames agree`;
  return `${share}, dE / (-F dx) ${slope.toFixed(2)}`;
}

function formatStressConsistency(consistency: DataReport['stressConsistency']): string {
  if (consistency === undefined) return 'no two strained cells of the same atoms to compare';
  const { pairs, slope, correlation, isTelling } = consistency;
  const compared = `${countOf(pairs, 'pair')} of strained cells`;
  if (isTelling) return `${compared}, dE / (V S strain) ${slope.toPrecision(3)}, correlation ${correlation.toFixed(2)}`;
  return `not told by ${compared}: they are too few, or their energies differ for other reasons, as in molecular dynamics`;
}

/** One row for files that are too many for a row each. */
function sumOf(files: readonly FileReport[]): FileReport {
  const sum = (key: 'frames' | 'atoms' | 'energies' | 'forces' | 'stresses' | 'unused') =>
    files.reduce((total, file) => total + file[key], 0);
  const counts = { frames: sum('frames'), atoms: sum('atoms'), energies: sum('energies'), forces: sum('forces') };
  const [first] = files;
  const join = (pick: (summary: DataSummary) => Range | undefined): Range | undefined => {
    const ranges = files.flatMap(({ summary }) => pick(summary) ?? []);
    const [min, max] = [Math.min(...ranges.map((range) => range.min)), Math.max(...ranges.map((range) => range.max))];
    return ranges.length === 0 ? undefined : { min, max, mean: Number.NaN };
  };
  const largest = (pick: (summary: DataSummary) => { readonly max: number } | undefined) =>
    Math.max(...files.map(({ summary }) => pick(summary)?.max ?? 0));
  const energyPerAtom = join(({ energyPerAtom: range }) => range);
  return {
    ...first,
    ...counts,
    ...{ name: `all ${files.length} files`, stresses: sum('stresses'), unused: sum('unused') },
    summary: {
      ...first.summary,
      atomCount: join(({ atomCount }) => atomCount) ?? first.summary.atomCount,
      ...(energyPerAtom && { energyPerAtom }),
      ...(counts.forces > 0 && { forces: { rms: Number.NaN, max: largest(({ forces }) => forces) } }),
      ...(sum('stresses') > 0 && {
        stress: { pressure: first.summary.atomCount, max: largest(({ stress }) => stress) },
      }),
    },
  };
}

function formatRow({ frames, energies, forces, stresses, unused, summary }: FileReport, name: string): string[] {
  const { atomCount, energyPerAtom, forces: size, stress } = summary;
  return [
    name,
    String(frames),
    atomCount.min === atomCount.max ? String(atomCount.min) : `${atomCount.min} to ${atomCount.max}`,
    ...[energies, forces, stresses, unused].map(String),
    energyPerAtom ? `${energyPerAtom.min.toFixed(3)} to ${energyPerAtom.max.toFixed(3)}` : '-',
    size ? size.max.toFixed(2) : '-',
    stress ? stress.max.toFixed(1) : '-',
  ];
}
