import { histogramSvg } from '../../report/histogram.js';
import type { Report, Table } from '../../report/page.js';
import { scatterPlot } from '../../report/scatter-plot.js';
import type { RankedRow } from './row.js';

/** Binary systems that are drawn: those with most structures. */
const maxSystems = 6;
/** Points of one picture. */
const maxPoints = 3000;

interface HullPoint {
  /** Share of the second element. */
  readonly fraction: number;
  /** eV/atom. */
  readonly formationEnergy: number;
  readonly isStable: boolean;
  readonly title: string;
}

/** Gathers what the page of a screening shows, row by row, in a memory that hardly grows with them. */
export function createPageTally() {
  const aboveHull: number[] = [];
  const systems = new Map<string, { count: number; readonly points: HullPoint[] }>();

  function addToSystem({ composition = {}, formationEnergy, energyAboveHull, id, formula }: RankedRow): void {
    const symbols = Object.keys(composition).sort();
    if (symbols.length !== 2 || formationEnergy === undefined || energyAboveHull === undefined) return;
    const name = symbols.join('-');
    const system = systems.get(name) ?? { count: 0, points: [] };
    systems.set(name, system);
    system.count++;
    if (system.points.length === maxPoints) return;
    const fraction = composition[symbols[1]] / (composition[symbols[0]] + composition[symbols[1]]);
    const title = `${formula} ${id}: ${energyAboveHull.toFixed(4)} eV/atom above the hull`;
    system.points.push({ fraction, formationEnergy, isStable: energyAboveHull < 1e-6, title });
  }

  return {
    add(row: RankedRow): void {
      if (row.role === 'candidate' && row.energyAboveHull !== undefined) aboveHull.push(row.energyAboveHull);
      addToSystem(row);
    },
    /** The page, with the best candidates as a table that its reader can sort. */
    report(title: string, remarks: readonly string[], best: readonly RankedRow[]): Report {
      const largest = [...systems].sort(([, a], [, b]) => b.count - a.count).slice(0, maxSystems);
      return {
        title,
        remarks,
        plots: [
          ...(aboveHull.length > 0
            ? [histogramSvg([distribution(aboveHull)], { label: 'eV/atom above the hull' })]
            : []),
          ...largest.map(([name, { points }]) => hullPlot(name, points)),
        ],
        sections: [{ heading: 'Best candidates', table: tableOf(best), isSortable: true }],
      };
    },
  };
}

function distribution(values: readonly number[]) {
  return { title: `Distance from the hull of ${values.length} candidates`, values: Float64Array.from(values) };
}

/** Formation energies of a binary system, the stable ones apart. */
function hullPlot(name: string, points: readonly HullPoint[]): string {
  const [first, second] = name.split('-');
  const pick = (label: string, isStable: boolean) => {
    const own = points.filter((point) => point.isStable === isStable);
    return {
      name: label,
      x: own.map(({ fraction }) => fraction),
      y: own.map(({ formationEnergy }) => formationEnergy),
      titles: own.map((point) => point.title),
    };
  };
  const series = [pick('on the hull', true), pick('above it', false)].filter(({ x }) => x.length > 0);
  return scatterPlot(series, {
    title: `${first}-${second}`,
    xLabel: `share of ${second}`,
    yLabel: 'formation energy (eV/atom)',
  });
}

function tableOf(rows: readonly RankedRow[]): Table {
  const number = (value: number | undefined, digits: number) => value?.toFixed(digits) ?? '';
  return [
    [
      ...[
        'rank',
        'structure',
        'formula',
        'above hull (eV/atom)',
        'formation (eV/atom)',
        'energy (eV/atom)',
        '+- (eV/atom)',
      ],
      ...['fmax (eV/A)', 'pressure (GPa)', 'volume (A^3/atom)', 'density (g/cm^3)', 'space group', 'prototype', 'head'],
    ],
    ...rows.map((row, index) => [
      String(index + 1),
      row.id,
      row.formula ?? '',
      number(row.energyAboveHull, 4),
      number(row.formationEnergy, 4),
      number(row.energyPerAtom, 4),
      number(row.energyErrorPerAtom, 3),
      number(row.fmax, 3),
      number(row.pressureGPa, 2),
      number(row.volumePerAtom, 3),
      number(row.density, 3),
      row.spaceGroup ?? '',
      row.prototype ?? '',
      row.head ?? '',
    ]),
  ];
}
