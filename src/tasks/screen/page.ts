import { histogramSvg } from '../../report/histogram.js';
import type { Report, Table } from '../../report/page.js';
import type { Structure } from '../../structure/structure.js';
import { createHullPlot } from './hull-plots.js';
import type { ElementSystem } from './ranking.js';
import type { RankedRow } from './row.js';

/** Systems of two and of three elements that are drawn: those with most structures. */
const [maxBinary, maxTernary] = [6, 4];

export interface PageContent {
  readonly title: string;
  /** Sentences under the title. */
  readonly remarks: readonly string[];
  readonly best: readonly RankedRow[];
  /** What a click shows, by the names of rows. */
  readonly structures: ReadonlyMap<string, Structure>;
  /** The program text of 3Dmol.js, where it is installed. */
  readonly library?: string;
}

/** Gathers what the page of a screening shows, row by row, in a memory that hardly grows with them. */
export function createPageTally(systems: readonly ElementSystem[]) {
  const aboveHull: number[] = [];
  const largest = (count: number, most: number) =>
    systems
      .filter(({ elements }) => elements.length === count)
      .sort((a, b) => b.rows - a.rows)
      .slice(0, most);
  const drawn = [...largest(2, maxBinary), ...largest(3, maxTernary)];
  const plots = drawn.map(createHullPlot);
  const hasHeads = new Set(systems.map(({ head }) => head)).size > 1;

  return {
    add(row: RankedRow): void {
      if (row.role === 'candidate' && row.energyAboveHull !== undefined) aboveHull.push(row.energyAboveHull);
      for (const plot of plots) plot.add(row);
    },
    /** The page, with the best candidates as a table that its reader can sort, and with their structures. */
    report({ title, remarks, best, structures, library }: PageContent): Report {
      const shown = best.filter(({ id }) => structures.has(id));
      const numbers = new Map(library === undefined ? [] : shown.map(({ id }, index) => [id, index]));
      const shownBy = (id: string) => numbers.get(id);
      const hint = 'A click on the head of a column sorts the table';
      const folder = commonFolder(best.map(({ id }) => id));
      const remark = `${hint}${numbers.size > 0 ? ', one on a row or on a point of a hull shows the structure.' : '.'}`;
      return {
        ...{ title, remarks },
        gallery: { structures: shown.flatMap((row) => galleryFrame(row, structures)), library },
        plots: aboveHull.some((value) => value !== aboveHull[0])
          ? [histogramSvg([distribution(aboveHull)], { label: 'eV/atom above the hull' })]
          : [],
        sections: [
          ...(plots.length > 0
            ? [{ ...hulls, isPaired: true, plots: plots.map((plot) => plot.draw(shownBy, hasHeads)) }]
            : []),
          {
            ...{
              heading: 'Best candidates',
              remarks: [remark, ...(folder === '' ? [] : [`Structures lie in ${folder}`])],
              isSortable: true,
            },
            table: tableOf(best, folder.length),
            shows: best.map(({ id }) => shownBy(id)),
          },
        ],
      };
    },
  };
}

const hulls = { heading: 'Hulls', remarks: ['The systems of two and of three elements with most structures.'] };

function galleryFrame(row: RankedRow, structures: ReadonlyMap<string, Structure>) {
  const system = structures.get(row.id);
  const above = row.energyAboveHull === undefined ? '' : `, ${row.energyAboveHull.toFixed(4)} eV/atom above the hull`;
  const group = row.spaceGroup === undefined ? '' : `, ${row.spaceGroup}`;
  return system === undefined ? [] : [{ system, label: `${row.formula}${group}${above}: ${row.id}` }];
}

/** Share of the candidates that the histogram shows: a few lie so far away that all others would stand in one bar. */
const shownShare = 0.98;

function distribution(values: readonly number[]) {
  const sorted = Float64Array.from(values).sort();
  const shown = sorted.subarray(0, Math.ceil(shownShare * sorted.length));
  const beyond = sorted.length - shown.length;
  const rest = beyond > 0 ? `, without the ${beyond} farthest` : '';
  return { title: `Distance from the hull of ${values.length} candidates${rest}`, values: shown };
}

interface Column {
  readonly head: string;
  readonly cell: (row: RankedRow) => string | undefined;
}

function numeric(head: string, digits: number, valueOf: (row: RankedRow) => number | undefined): Column {
  return { head, cell: (row) => valueOf(row)?.toFixed(digits) };
}

const tableColumns: readonly Column[] = [
  { head: 'formula', cell: ({ formula }) => formula },
  numeric('above hull (eV/atom)', 4, ({ energyAboveHull }) => energyAboveHull),
  numeric('formation (eV/atom)', 4, ({ formationEnergy }) => formationEnergy),
  numeric('energy (eV/atom)', 4, ({ energyPerAtom }) => energyPerAtom),
  numeric('+- (eV/atom)', 3, ({ energyErrorPerAtom }) => energyErrorPerAtom),
  numeric('models differ (eV/atom)', 4, ({ formationSpread }) => formationSpread),
  numeric('models differ (eV/A)', 3, ({ forcesSpread }) => forcesSpread),
  numeric('fmax (eV/A)', 3, ({ fmax }) => fmax),
  numeric('pressure (GPa)', 2, ({ pressureGPa }) => pressureGPa),
  numeric('volume (A^3/atom)', 3, ({ volumePerAtom }) => volumePerAtom),
  numeric('density (g/cm^3)', 3, ({ density }) => density),
  { head: 'space group', cell: ({ spaceGroup }) => spaceGroup },
  { head: 'prototype', cell: ({ prototype }) => prototype },
  { head: 'head', cell: ({ head }) => head },
];

/** The folder in which all paths lie, with the slash at its end; empty where there is none. */
function commonFolder([first = '', ...others]: readonly string[]): string {
  let folder = first.slice(0, first.lastIndexOf('/') + 1);
  for (const path of others) {
    while (!path.startsWith(folder)) folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
  }
  return folder;
}

/** The columns that have something to say, with the rank; paths without their first `skipped` characters. */
function tableOf(rows: readonly RankedRow[], skipped: number): Table {
  const columns = [{ head: 'structure', cell: ({ id }: RankedRow) => id.slice(skipped) }, ...tableColumns].filter(
    ({ cell }) => rows.some((row) => cell(row) !== undefined),
  );
  return [
    ['rank', ...columns.map(({ head }) => head)],
    ...rows.map((row, index) => [String(index + 1), ...columns.map(({ cell }) => cell(row) ?? '')]),
  ];
}
