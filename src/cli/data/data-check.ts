import type { Command } from 'commander';
import type { DataReport, FileReport } from '../../../pretrain/dataset/check/check-data.js';
import { countOf } from '../../count-of.js';
import { shortPaths } from '../../report/short-paths.js';
import type { DataSummary, Range } from '../../structure/data-summary.js';
import { type CheckedFiles, type CheckedTraining, runDataCheckTask } from '../../tasks/data/check/run.js';
import { dataCheckTask } from '../../tasks/data/check/schema.js';
import { givenSettings } from '../input/setting-options.js';
import { fitResults } from '../output/fit-table.js';
import { print, printJson, remark, spelled } from '../output/output.js';
import { exitCode } from '../output/report-error.js';
import { formatDataSummary, formatFindings, formatFit, formatIgnored, formatLeftOut } from './format-data-summary.js';

/** Runs `lamm data check` for files, or for the configuration of a training. */
export async function dataCheck(
  paths: readonly string[],
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const outcome = await runDataCheckTask(paths, await givenSettings(command, dataCheckTask));
  const { kind, problems, remarks } = outcome;
  const isUsable = problems.length === 0;
  if (json) printJson(recordOf(outcome, isUsable));
  else if (kind === 'training') print(formatDataSummary(outcome.data));
  else if (outcome.report.files.length > 0) print(formatReport(outcome.report));
  if (kind === 'files') tellSkipped(outcome);
  for (const text of remarks) remark(`note: ${text}`);
  for (const text of problems) remark(`refused: ${text}`);
  if (!isUsable) process.exitCode = exitCode.badInput;
  else if (!json) print(`nothing speaks against training on these ${kind === 'files' ? 'files' : 'data'}`);
}

function recordOf(outcome: CheckedFiles | CheckedTraining, usable: boolean): object {
  const said = { problems: outcome.problems.map(spelled), remarks: outcome.remarks.map(spelled) };
  if (outcome.kind === 'files') return { ...outcome.report, skipped: outcome.skipped.map(spelled), ...said, usable };
  const { subsets, files, elements, heads } = outcome.data;
  const fits = Object.fromEntries(heads.map(({ name, fit }) => [name, fit ?? null]));
  return { subsets, files, elements, fits, ...said, usable };
}

function tellSkipped({ skipped, fileCount }: CheckedFiles): void {
  if (skipped.length > 0) remark(`${skipped.length} of ${fileCount} files could not be read and are skipped:`);
  for (const text of skipped) remark(`skipped: ${text}`);
}

/** Beyond this many files only their sums fit a screen. */
const maxRows = 20;

function formatReport({ files, fit, consistency, stressConsistency }: DataReport): string {
  const short = shortPaths(files.map(({ name }) => name));
  const header = ['file', 'frames', 'atoms', 'E', 'F', 'S', 'unused', 'E/atom (eV)', 'Fmax (eV/A)', 'S max (GPa)'];
  const rows = files.length > maxRows ? [sumOf(files)] : files;
  const named = files.map((file) => ({ ...file, name: short.get(file.name) ?? file.name }));
  const table = [header, ...rows.map((file) => formatRow(file, short.get(file.name) ?? file.name))];
  const lines = [fitResults(withoutEmptyColumns(table), { keyCount: 1 })];
  lines.push(...formatIgnored(named), ...formatLeftOut(named), ...formatFindings(named));
  if (fit) lines.push(...formatFit(fit));
  const { hasForces, hasStress } = labelsOf(files);
  if (hasForces) lines.push(`forces against energies: ${formatForceConsistency(consistency)}`);
  if (hasStress) lines.push(`stress against energies: ${formatStressConsistency(stressConsistency)}`);
  return lines.join('\n');
}

/** Columns in which at least one row says something. */
function withoutEmptyColumns([head, ...rows]: readonly string[][]): string[][] {
  const isShown = head.map((_, column) => rows.some((row) => row[column] !== '-'));
  return [head, ...rows].map((row) => row.filter((_, column) => isShown[column]));
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
