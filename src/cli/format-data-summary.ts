import type { FileSummary, FitSummary } from '../../pretrain/dataset/summary.js';
import { formatTable } from './output.js';

/** The data of a training as a table of files, the reference fit and the frames farthest from it. */
export function formatDataSummary(files: readonly FileSummary[], fit: FitSummary): string {
  const header = ['data', 'frames', 'atoms', 'with E', 'with F', 'with S', 'unused'];
  const rows = files.map(({ role, name, frames, atoms, energies, forces, stresses, unlabelled }) => [
    `${role} ${name}`,
    ...[frames, atoms, energies, forces, stresses, unlabelled].map(String),
  ]);
  const ignored = files
    .filter(({ ignoredKeys }) => ignoredKeys.length > 0)
    .map(({ name, ignoredKeys }) => `keys not used in ${name}: ${ignoredKeys.join(', ')}`);
  const references = Object.entries(fit.references).map(([symbol, energy]) => `${symbol} ${energy.toFixed(3)}`);
  const deficit =
    fit.rank < fit.fittedCount ? ' (some elements always occur in one ratio: the shortest solution is taken)' : '';
  return [
    formatTable([header, ...rows]),
    ...ignored,
    `reference energies in eV: ${references.join(', ')}`,
    `reference fit: rank ${fit.rank} of ${fit.fittedCount}${deficit}, residual ${fit.residual.toFixed(3)} eV/atom, farthest:`,
    ...fit.worst.map(
      ({ origin, perAtom }) => `  ${perAtom.toFixed(3).padStart(7)} eV/atom  ${origin.file}, frame ${origin.frame}`,
    ),
  ].join('\n');
}
