import { formatFixed } from '../../report/format-number.js';
import type { CellChange } from '../../tasks/relax/cell-change.js';
import type { RelaxedInput } from '../../tasks/relax/summary.js';
import { expectedErrorHeadings, expectedErrors } from '../output/expected-errors.js';
import { fitResults } from '../output/fit-table.js';

/** A table of the results, with their cells where those were relaxed; apart where there is no room side by side. */
export function formatSummaries(summaries: readonly RelaxedInput[], withCell: boolean): string {
  const areFramesNamed = summaries.some(({ frame }) => frame !== 1);
  const keys: Column[] = [
    { head: 'file', cell: ({ file }) => file },
    ...(areFramesNamed ? [{ head: 'frame', cell: ({ frame }: RelaxedInput) => String(frame) }] : []),
  ];
  const columns = [...keys, ...resultColumns(summaries, withCell)];
  const tableOf = (shown: readonly Column[]) => [
    shown.map(({ head }) => head),
    ...summaries.map((summary) => shown.map(({ cell }) => cell(summary) ?? '-')),
  ];
  const results = tableOf(columns);
  if (!withCell) return fitResults(results, { keyCount: keys.length });
  const apart = [results, cellTable(summaries, keys)];
  return fitResults(tableOf([...columns, ...cellColumns]), { keyCount: keys.length, apart });
}

interface Column {
  readonly head: string;
  readonly cell: (summary: RelaxedInput) => string | undefined;
}

function resultColumns(summaries: readonly RelaxedInput[], withCell: boolean): Column[] {
  const withPressure = summaries.some(({ pressureGPa }) => pressureGPa !== undefined);
  const withHead = new Set(summaries.map(({ head }) => head)).size > 1;
  const withErrors = summaries.some(({ uncertainty }) => uncertainty !== undefined);
  return [
    { head: 'converged', cell: ({ error, converged }) => (error ? 'FAILED' : converged ? 'yes' : 'NO') },
    { head: 'steps', cell: ({ steps }) => steps?.toString() },
    { head: 'energy (eV)', cell: ({ energy }) => energy?.toFixed(6) },
    { head: 'fmax (eV/A)', cell: ({ fmax }) => fmax?.toFixed(6) },
    ...(withPressure ? [{ head: 'pressure (GPa)', cell: (of: RelaxedInput) => fixed(of.pressureGPa, 3) }] : []),
    ...(withCell ? [{ head: 'stress left (GPa)', cell: (of: RelaxedInput) => fixed(of.stressLeftGPa, 3) }] : []),
    ...(withErrors ? errorColumns : []),
    ...(withHead ? [{ head: 'head', cell: ({ head }: RelaxedInput) => head }] : []),
    ...(withCell ? [volumeChange] : []),
  ];
}

const volumeChange: Column = {
  head: 'volume change',
  cell: ({ volumeChangePercent }) => formatPercent(volumeChangePercent),
};

const errorColumns: readonly Column[] = expectedErrorHeadings.map((head, index) => ({
  head,
  cell: ({ uncertainty }) => expectedErrors(uncertainty)[index],
}));

function fixed(value: number | undefined, digits: number): string | undefined {
  return value === undefined ? undefined : formatFixed(value, digits);
}

function formatPercent(value: number | undefined): string | undefined {
  const percent = fixed(value, 2);
  return percent && `${percent.startsWith('-') ? '' : '+'}${percent} %`;
}

interface CellQuantity {
  readonly head: string;
  readonly digits: number;
  /** Of the start, and of the result. */
  readonly values: (change: RelaxedCell) => readonly [number, number];
}

type RelaxedCell = Pick<CellChange, 'before' | 'after'> & { readonly volumes: readonly [number, number] };

const cellQuantities: readonly CellQuantity[] = [
  { head: 'volume (A^3)', digits: 2, values: ({ volumes }) => volumes },
  ...['a (A)', 'b (A)', 'c (A)'].map(
    (head, i): CellQuantity => ({
      head,
      digits: 3,
      values: ({ before, after }) => [before.lengths[i], after.lengths[i]],
    }),
  ),
  ...['alpha', 'beta', 'gamma'].map(
    (head, i): CellQuantity => ({
      head,
      digits: 2,
      values: ({ before, after }) => [before.angles[i], after.angles[i]],
    }),
  ),
];

/** Volumes, lengths and angles, those that changed as `before -> after`. */
const cellColumns: readonly Column[] = cellQuantities.map(({ head, digits, values }) => ({
  head,
  cell: (summary) => {
    const change = relaxedCell(summary);
    if (change === undefined) return undefined;
    const [first, last] = values(change).map((value) => value.toFixed(digits));
    return first === last ? first : `${first} -> ${last}`;
  },
}));

/** Two rows for each cell that was relaxed: as it was, and as it is. */
function cellTable(summaries: readonly RelaxedInput[], keys: readonly Column[]): string[][] {
  const rows = summaries.flatMap((summary) => {
    const change = relaxedCell(summary);
    if (change === undefined) return [];
    const names = keys.map(({ cell }) => cell(summary) ?? '');
    return ['before', 'after'].map((when, index) => [
      ...(index === 0 ? names : names.map(() => '')),
      when,
      ...cellQuantities.map(({ digits, values }) => values(change)[index].toFixed(digits)),
    ]);
  });
  return [[...keys.map(({ head }) => head), 'cell', ...cellQuantities.map(({ head }) => head)], ...rows];
}

function relaxedCell({ cell, volume, volumeBefore }: RelaxedInput): RelaxedCell | undefined {
  if (cell === undefined || volume === undefined || volumeBefore === undefined) return undefined;
  return { ...cell, volumes: [volumeBefore, volume] };
}
