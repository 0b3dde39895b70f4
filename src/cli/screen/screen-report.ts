import { countOf } from '../../count-of.js';
import { zerosRemarks } from '../../report/heads.js';
import { shortPaths } from '../../report/short-paths.js';
import type { ScreenResult } from '../../tasks/screen/merge.js';
import type { RankedRow } from '../../tasks/screen/row.js';
import { fitTable } from '../output/fit-table.js';

/** What a screening came to, in words: the best candidates, how many failed, and where everything is. */
export function formatResult(
  { best, structures, candidates, failed, notConverged, files }: ScreenResult,
  { calculator, seconds }: { readonly calculator: string; readonly seconds: number },
): string {
  const parts = [
    `${countOf(structures, 'structure')} with ${calculator} in ${seconds.toFixed(1)} s`,
    ...(failed > 0 ? [`${failed} failed, each a row with its reason`] : []),
    ...(notConverged > 0 ? [`${notConverged} not converged`] : []),
  ];
  return [
    ...(best.length > 0 ? [formatBest(best)] : []),
    ...(best.length < candidates ? [`the best ${best.length} of ${candidates} candidates; all are in the files`] : []),
    `${parts.join(', ')}; written to ${files.join(', ')}`,
  ].join('\n');
}

/** What a user should know beside the result: reasons of failures, and what a ranking lacks. */
export function remarksOf(result: ScreenResult): string[] {
  return [...failureRemarks(result), ...zerosRemarks(result.heads), ...elementRemarks(result)];
}

function failureRemarks({ failures, failed, files }: ScreenResult): string[] {
  const others = failed - failures.length;
  const table = files.find((file) => file.endsWith('.csv'));
  return [
    ...failures.map(({ id, error }) => (error.startsWith(fileOf(id)) ? error : `${shorten(id)}: ${error}`)),
    ...(others > 0 ? [`${others} more failed; their reasons are in the column error of ${table}`] : []),
  ];
}

/** The file in the name of a frame. */
function fileOf(id: string): string {
  return id.slice(0, id.lastIndexOf('@'));
}

/** What is to be said of a ranking that lacks what it is measured from. */
function elementRemarks({ withoutElements, candidates }: ScreenResult): string[] {
  if (withoutElements === 0) return [];
  return [
    `${withoutElements} of ${candidates} candidates have elements that were not calculated, so that they are ranked by energy alone, which says nothing ` +
      'of different compositions: give structures of the elements with --references',
  ];
}

interface Column {
  readonly head: string;
  readonly cell: (row: RankedRow) => string | undefined;
}

function energyColumn(head: string, digits: number, valueOf: (row: RankedRow) => number | undefined): Column {
  return { head, cell: (row) => valueOf(row)?.toFixed(digits) };
}

const columns: readonly Column[] = [
  { head: 'formula', cell: ({ formula }) => formula },
  energyColumn('above hull', 4, ({ energyAboveHull }) => energyAboveHull),
  energyColumn('formation', 4, ({ formationEnergy }) => formationEnergy),
  energyColumn('energy', 4, ({ energyPerAtom }) => energyPerAtom),
  energyColumn('+-', 3, ({ energyErrorPerAtom }) => energyErrorPerAtom),
  { head: 'space group', cell: ({ spaceGroup }) => spaceGroup },
];

/** A table of the columns that have something to say. */
function formatBest(rows: readonly RankedRow[]): string {
  const shown = columns.filter(({ cell }) => rows.some((row) => cell(row) !== undefined));
  const names = shortNames(rows.map(({ id }) => id));
  const lines = rows.map((row, index) => [
    String(index + 1),
    names.get(row.id) ?? row.id,
    ...shown.map(({ cell }) => cell(row) ?? '-'),
  ]);
  const table = fitTable([['rank', 'structure', ...shown.map(({ head }) => head)], ...lines], 2);
  return `${table}\nenergies in eV/atom`;
}

const firstFrame = /@1$/;

/** Names without folders that all share, and without the number of the frame where each is the first of its file. */
function shortNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const names = shortPaths(ids);
  const areFirst = ids.every((id) => firstFrame.test(id));
  return areFirst ? new Map(ids.map((id) => [id, (names.get(id) ?? id).replace(firstFrame, '')])) : names;
}

/** The end of a long name, which tells more than its beginning. */
function shorten(id: string): string {
  return id.length > 40 ? `...${id.slice(-37)}` : id;
}
