import type { PreparedData } from '../../pretrain/dataset/prepare-data.js';
import type { PreparedHead } from '../../pretrain/dataset/prepare-head.js';
import type { FitSummary } from '../../pretrain/dataset/summary.js';
import { formatTable } from './output.js';

/** The data of a training as a table of files, and of each head the reference fit and the frames farthest from it. */
export function formatDataSummary({ files, heads }: Pick<PreparedData, 'files' | 'heads'>): string {
  const header = ['data', 'frames', 'atoms', 'with E', 'with F', 'with S', 'unused'];
  const rows = files.map(({ role, name, frames, atoms, energies, forces, stresses, unused }) => [
    `${role} ${name}`,
    ...[frames, atoms, energies, forces, stresses, unused].map(String),
  ]);
  const ignored = files
    .filter(({ ignoredKeys }) => ignoredKeys.length > 0)
    .map(({ name, ignoredKeys }) => `keys not used in ${name}: ${ignoredKeys.join(', ')}`);
  const fits = heads.flatMap((head) =>
    heads.length === 1 ? formatHead(head) : [`head ${head.name}:`, ...formatHead(head)],
  );
  return [formatTable([header, ...rows]), ...ignored, ...fits].join('\n');
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
