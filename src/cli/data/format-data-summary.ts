import type { FileSummary, FitSummary } from '../../../pretrain/dataset/load/summary.js';
import type { PreparedData } from '../../../pretrain/dataset/prepare-data.js';
import type { PreparedHead } from '../../../pretrain/dataset/prepare-head.js';
import { countOf } from '../../count-of.js';
import { chemicalSymbols } from '../../elements.js';
import { Groups } from '../../report/groups.js';
import { fitTable } from '../output/fit-table.js';

type Summary = Pick<PreparedData, 'files' | 'heads' | 'subsets'>;

/**
 * The data of a training as tables of subsets and files, and of each head the reference fit and the frames farthest
 * from it.
 */
export function formatDataSummary({ files, heads, subsets }: Summary): string {
  const header = ['data', 'frames', 'atoms', 'with E', 'with F', 'with S', 'unused'];
  const rows = rowsOf(files).map(({ label, frames, atoms, energies, forces, stresses, unused }) => [
    label,
    ...[frames, atoms, energies, forces, stresses, unused].map(String),
  ]);
  const ignored = formatIgnored(files);
  const leftOut = formatLeftOut(files);
  const told = formatFindings(files);
  const fits = heads.flatMap((head) =>
    heads.length === 1 ? formatHead(head) : [`head ${head.name}:`, ...formatHead(head)],
  );
  const subsetTable = subsets.length > 1 ? [formatSubsets(subsets)] : [];
  return [...subsetTable, fitTable([header, ...rows], 1), ...ignored, ...leftOut, ...told, ...fits].join('\n');
}

/** More files of a role are one row. */
const maxRows = 12;

function rowsOf(files: Summary['files']) {
  const counts = ['frames', 'atoms', 'energies', 'forces', 'stresses', 'unused'] as const;
  return (['train', 'validation', 'test'] as const).flatMap((role) => {
    const own = files.filter((file) => file.role === role);
    if (own.length <= maxRows) return own.map((file) => ({ ...file, label: `${role} ${file.name}` }));
    const sums = counts.map((key) => [key, own.reduce((sum, file) => sum + file[key], 0)] as const);
    return [{ ...own[0], ...Object.fromEntries(sums), label: `${role} ${own.length} files` }];
  });
}

/** Keys that are no labels, the same of many files once. */
export function formatIgnored(files: readonly Pick<FileSummary, 'name' | 'ignoredKeys'>[]): string[] {
  const groups = new Groups();
  for (const { name, ignoredKeys } of files) if (ignoredKeys.length > 0) groups.add(ignoredKeys.join(', '), name);
  return groups.map((keys, names) => `keys not used in ${names}: ${keys}`);
}

/** Frames that nothing is learned from, by reason. */
export function formatLeftOut(files: readonly Pick<FileSummary, 'name' | 'leftOut'>[]): string[] {
  const groups = new Groups();
  for (const { name, leftOut } of files)
    for (const { reason, count, frames } of leftOut)
      groups.add(`${countOf(count, 'frame')}, ${reason} (${listSome(frames)})`, name);
  return groups.map((frames, names) => `left out of ${names}: ${frames}`);
}

/**
 * What was noticed in the files, and which could not be read: a line for each kind, with the files that it is about.
 */
export function formatFindings(
  files: readonly Pick<FileSummary, 'name' | 'notices' | 'skipped' | 'frames'>[],
): string[] {
  const notices = new Groups();
  for (const { name, notices: own } of files) for (const notice of own) notices.add(notice, name);
  const skipped = files.flatMap(({ skipped: message, frames }) => {
    if (message === undefined) return [];
    return [frames === 0 ? `skipped: ${message}` : `skipped from frame ${frames + 1} on: ${message}`];
  });
  const count = skipped.length === 0 ? [] : [`${skipped.length} of ${files.length} files could not be read`];
  return [...notices.lines(), ...count, ...skipped];
}

function formatSubsets(subsets: PreparedData['subsets']): string {
  const header = ['subset', 'task', 'head', 'train', 'validation', 'test', 'elements'];
  const rows = subsets.map(({ name, task, head, count, validation, test, elements }) => {
    const symbols = elements.map((number) => chemicalSymbols[number]);
    const listed = symbols.length > 12 ? `${symbols.length} elements` : symbols.join(' ');
    return [name, task, head, String(count), String(validation), String(test), listed];
  });
  return fitTable([header, ...rows], 1);
}

/** The first of the frames; those of prepared data are not known any more. */
function listSome(frames: readonly number[]): string {
  if (frames.length === 0) return 'see the preparation with --json';
  return `frame${frames.length > 1 ? 's' : ''} ${frames.slice(0, 5).join(', ')}${frames.length > 5 ? ' ...' : ''}`;
}

function formatHead({ fit, normalizer }: PreparedHead): string[] {
  if (fit === undefined) return [`learns denoising: noise of ${normalizer.forceScale} A`];
  return formatFit(fit);
}

export function formatFit(fit: FitSummary): string[] {
  const list = (energies: Readonly<Record<string, number>>) =>
    Object.entries(energies)
      .map(([symbol, energy]) => `${symbol} ${energy.toFixed(3)}`)
      .join(', ');
  const isolated = list(fit.isolated ?? {});
  const deficit =
    fit.rank < fit.fittedCount ? ' (some elements always occur in one ratio: the shortest solution is taken)' : '';
  return [
    `reference energies in eV: ${list(fit.references)}`,
    ...(isolated === ''
      ? []
      : [`isolated atoms in eV: ${isolated}; they are references, neither fitted nor trained on`]),
    `reference fit: rank ${fit.rank} of ${fit.fittedCount}${deficit}, residual ${fit.residual.toFixed(3)} eV/atom, farthest:`,
    ...fit.worst.map(
      ({ origin, perAtom }) => `  ${perAtom.toFixed(3).padStart(7)} eV/atom  ${origin.file}, frame ${origin.frame}`,
    ),
  ];
}
