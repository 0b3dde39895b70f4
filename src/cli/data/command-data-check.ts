import { type Command, Option } from 'commander';
import { checkData, type DataReport, type FileReport } from '../../../pretrain/dataset/check/check-data.js';
import { loadSamples, type SampleFile } from '../../../pretrain/dataset/load/load-samples.js';
import { openData } from '../../../pretrain/dataset/open-data.js';
import { checkPrepared } from '../../../pretrain/dataset/prepared/check-prepared.js';
import { LammError } from '../../errors.js';
import { configOption } from '../input/config-file.js';
import { parsePositive } from '../input/shared-options.js';
import { readTrainingFile } from '../input/training-file.js';
import { formatTable, print, printJson, remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';
import { formatDataSummary, formatFit } from './format-data-summary.js';

interface Options {
  readonly energyKey?: string;
  readonly forcesKey?: string;
  readonly unlabelled?: boolean;
  readonly maxResidual: number;
  readonly json?: boolean;
}

/** `lamm data check`: what a training would make of files, and whether it should. */
export function registerDataCheck(command: Command): void {
  command
    .argument(
      '<files...>',
      'structures in any known format, all of one level of theory; or the YAML file of a training',
    )
    .option('--energy-key <key>', 'key of the energies, when it is not the usual one')
    .option('--forces-key <key>', 'key of the forces, when it is not the usual one')
    .option('--unlabelled', 'the files need no labels, for training on structures alone')
    .addOption(
      new Option('--max-residual <number>', 'largest distance from the reference fit, in eV/atom, that is no mistake')
        .argParser(parsePositive)
        .default(5),
    )
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
  const { files, problems } = await loadFiles(paths, options);
  const report = await checkData(files, { maximumResidual: options.maxResidual });
  const allProblems = [...problems, ...report.problems];
  const isUsable = allProblems.length === 0;
  if (options.json) printJson({ ...report, problems: allProblems, usable: isUsable });
  else if (files.length > 0) print(formatReport(report));
  for (const text of report.remarks) remark(`note: ${text}`);
  for (const text of allProblems) remark(`refused: ${text}`);
  if (!isUsable) process.exitCode = exitCode.badInput;
  else if (!options.json) print('nothing speaks against training on these files');
}

/** What the configuration of a training says itself. */
function assertNoLabelOptions(command: Command): void {
  const names = ['energyKey', 'forcesKey', 'unlabelled', 'maxResidual'];
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
    printJson({ subsets, files, elements, fits, problems, remarks, usable: isUsable });
  } else print(formatDataSummary(data));
  for (const text of remarks) remark(`note: ${text}`);
  for (const text of problems) remark(`refused: ${text}`);
  if (!isUsable) process.exitCode = exitCode.badInput;
  else if (!json) print('nothing speaks against training on these data');
}

/** Every file that can be read, and why the others cannot. */
async function loadFiles(paths: readonly string[], { energyKey, forcesKey, unlabelled }: Options) {
  const files: SampleFile[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    try {
      files.push(await loadSamples({ path, name: path, energyKey, forcesKey, ...(unlabelled && { labels: 'none' }) }));
    } catch (error) {
      if (!(error instanceof LammError)) throw error;
      problems.push(error.message);
    }
  }
  return { files, problems };
}

function formatReport({ files, fit, consistency }: DataReport): string {
  const header = [
    'file',
    'frames',
    'atoms',
    'with E',
    'with F',
    'with S',
    'unused',
    'E/atom in eV',
    'F rms, max in eV/A',
  ];
  const lines = [formatTable([header, ...files.map(formatRow)])];
  for (const { name, ignoredKeys } of files)
    if (ignoredKeys.length > 0) lines.push(`keys not used in ${name}: ${ignoredKeys.join(', ')}`);
  if (fit) lines.push(...formatFit(fit));
  if (consistency) {
    const { pairs, agreement, slope } = consistency;
    lines.push(
      `forces against energies: ${Math.round(100 * agreement)} % of ${pairs} pairs of close frames agree, dE / (-F dx) ${slope.toFixed(2)}`,
    );
  } else if (files.some(({ forces }) => forces > 0)) {
    lines.push('forces against energies: no two frames are close enough to compare');
  }
  return lines.join('\n');
}

function formatRow({ name, frames, energies, forces, stresses, unused, summary }: FileReport): string[] {
  const { atomCount, energyPerAtom, forces: size } = summary;
  return [
    name,
    String(frames),
    atomCount.min === atomCount.max ? String(atomCount.min) : `${atomCount.min} to ${atomCount.max}`,
    ...[energies, forces, stresses, unused].map(String),
    energyPerAtom ? `${energyPerAtom.min.toFixed(3)} to ${energyPerAtom.max.toFixed(3)}` : '-',
    size ? `${size.rms.toFixed(3)}, ${size.max.toFixed(2)}` : '-',
  ];
}
