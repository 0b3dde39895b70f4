import type { FitSummary } from '../../../pretrain/dataset/load/summary.js';
import type { PreparedData } from '../../../pretrain/dataset/prepare-data.js';
import type { PreparedHead } from '../../../pretrain/dataset/prepare-head.js';
import { chemicalSymbols } from '../../elements.js';
import { formatTable } from '../output/output.js';

type Summary = Pick<PreparedData, 'files' | 'heads' | 'subsets'>;

/** The data of a training as tables of subsets and files, and of each head the reference fit and the frames farthest from it. */
export function formatDataSummary({ files, heads, subsets }: Summary): string {
  const header = ['data', 'frames', 'atoms', 'with E', 'with F', 'with S', 'unused'];
  const rows = files.map(({ role, name, frames, atoms, energies, forces, stresses, unused }) => [
    `${role} ${name}`,
    ...[frames, atoms, energies, forces, stresses, unused].map(String),
  ]);
  const ignored = files
    .filter(({ ignoredKeys }) => ignoredKeys.length > 0)
    .map(({ name, ignoredKeys }) => `keys not used in ${name}: ${ignoredKeys.join(', ')}`);
  const leftOut = files.flatMap(({ name, leftOut }) =>
    leftOut.map(({ reason, count, frames }) => `left out of ${name}: ${count} frames, ${reason} (${listSome(frames)})`),
  );
  const fits = heads.flatMap((head) =>
    heads.length === 1 ? formatHead(head) : [`head ${head.name}:`, ...formatHead(head)],
  );
  const subsetTable = subsets.length > 1 ? [formatSubsets(subsets)] : [];
  return [...subsetTable, formatTable([header, ...rows]), ...ignored, ...leftOut, ...fits].join('\n');
}

function formatSubsets(subsets: PreparedData['subsets']): string {
  const header = ['subset', 'task', 'head', 'train', 'validation', 'test', 'elements'];
  const rows = subsets.map(({ name, task, head, count, validation, test, elements }) => {
    const symbols = elements.map((number) => chemicalSymbols[number]);
    const listed = symbols.length > 12 ? `${symbols.length} elements` : symbols.join(' ');
    return [name, task, head, String(count), String(validation), String(test), listed];
  });
  return formatTable([header, ...rows]);
}

/** The first of the frames; those of prepared data are not known any more. */
function listSome(frames: readonly number[]): string {
  if (frames.length === 0) return 'see the preparation with --json';
  return `frame${frames.length > 1 ? 's' : ''} ${frames.slice(0, 5).join(', ')}${frames.length > 5 ? ' ...' : ''}`;
}

function formatHead({ fit, normalizer }: PreparedHead): string[] {
  if (fit === undefined) return [`learns the way back from noise of ${normalizer.forceScale} A`];
  return formatFit(fit);
}

export function formatFit(fit: FitSummary): string[] {
  const references = Object.entries(fit.references).map(([symbol, energy]) => `${symbol} ${energy.toFixed(3)}`);
  const deficit =
    fit.rank < fit.fittedCount ? ' (some elements always occur in one ratio: the shortest solution is taken)' : '';
  return [
    `reference energies in eV: ${references.join(', ')}`,
    `reference fit: rank ${fit.rank} of ${fit.fittedCount}${deficit}, residual ${fit.residual.toFixed(3)} eV/atom, farthest:`,
    ...fit.worst.map(
      ({ origin, perAtom }) => `  ${perAtom.toFixed(3).padStart(7)} eV/atom  ${origin.file}, frame ${origin.frame}`,
    ),
  ];
}
