import type { EmbeddingAnalysis, MappedSample, MappedSite } from '../../../pretrain/embedding/embedding-analysis.js';
import type { Projection } from '../../../pretrain/embedding/project.js';
import { chemicalSymbols } from '../../elements.js';
import { periodicPlace } from '../../periodic-table.js';
import type { Report, ReportSection } from '../../report/page.js';
import { type ScatterSeries, scatterPlot } from '../../report/scatter-plot.js';
import { formulaOf } from '../../structure/structure.js';
import { claimTable, nothingToCompare, percent } from './claims.js';

/** A report with maps of structures and elements, and the numbers that the maps stand for. */
export function embeddingReport(title: string, analysis: EmbeddingAnalysis): Report {
  const { kinds, samples } = analysis;
  const claims = claimTable(analysis);
  const shares = kinds && Object.entries(kinds.kinds).map(([kind, share]) => [kind, percent(share)]);
  return {
    title,
    remarks: claims.length > 1 ? [mapRemark] : [mapRemark, nothingToCompare(analysis)],
    ...(claims.length > 1 && { table: claims }),
    plots: maps(analysis),
    sections: [
      ...(shares
        ? [{ heading: 'Nearest neighbours of the same data set', table: [['data set', 'share'], ...shares] }]
        : []),
      ...(samples.length === 1 ? [featureSection(samples[0])] : []),
    ],
  };
}

const mapRemark =
  'Features are the scalars of the last layer, means over atoms. All numbers are measured between the features themselves, not on the maps; ' +
  'on a map only what is near what means something.';

/** Features in a row of a table. */
const rowLength = 8;

/** The features of a structure as they are, where there is no other to be near to. */
function featureSection(sample: MappedSample): ReportSection {
  const { features } = sample;
  const rows = Array.from({ length: Math.ceil(features.length / rowLength) }, (_, row) => {
    const values = Array.from(features.subarray(row * rowLength, (row + 1) * rowLength), (value) => value.toFixed(4));
    return [`${row * rowLength + 1} to ${row * rowLength + values.length}`, ...values];
  });
  const head = ['features', ...Array.from({ length: rowLength }, () => '')];
  return { heading: `Features of ${sampleTitle(sample)}`, table: [head, ...rows] };
}

/** More kinds than this have their names on the map instead of a legend. */
const maxInLegend = 24;

function maps(analysis: EmbeddingAnalysis): string[] {
  const { samples, sampleMap, sites, siteMap, elements, elementMap, rowMap } = analysis;
  const bySample = seriesOf(samples, sampleMap, { kindOf: ({ kind }) => kind, titleOf: sampleTitle });
  const bySite = seriesOf(sites, siteMap, { kindOf: ({ number }) => chemicalSymbols[number], titleOf: siteTitle });
  const drawMap = (series: readonly ScatterSeries[], title: string, { method }: Projection, namesOnMap = false) =>
    scatterPlot(series, { title, ...axisLabels(method), bare: true, namesOnMap });
  const symbols = elements.map(({ number }) => ({ number, symbol: chemicalSymbols[number] }));
  const byBlock = (map: Projection) =>
    seriesOf(symbols, map, {
      kindOf: ({ number }) => `${periodicPlace(number).block} block`,
      titleOf: ({ symbol }) => symbol,
      labelOf: ({ symbol }) => symbol,
    });
  return [
    ...(samples.length > 1
      ? [drawMap(bySample, 'Structures by data set', sampleMap, bySample.length > maxInLegend)]
      : []),
    ...(elements.length > 1 ? [drawMap(bySite, 'Atoms of an element in a structure', siteMap, true)] : []),
    ...(elements.length > 2
      ? [
          drawMap(byBlock(elementMap), 'Elements: mean features', elementMap),
          drawMap(byBlock(rowMap), 'Elements: embedding table', rowMap),
        ]
      : []),
  ];
}

function axisLabels(method: Projection['method']): { xLabel: string; yLabel: string } {
  return method === 'umap' ? { xLabel: 'UMAP 1', yLabel: 'UMAP 2' } : { xLabel: 'component 1', yLabel: 'component 2' };
}

interface Naming<Item> {
  readonly kindOf: (item: Item) => string;
  readonly titleOf: (item: Item) => string;
  readonly labelOf?: (item: Item) => string;
}

/** Points of a map by kind, kinds in the order in which they come. */
function seriesOf<Item>(
  items: readonly Item[],
  { coordinates }: Projection,
  { kindOf, titleOf, labelOf }: Naming<Item>,
): ScatterSeries[] {
  const rowsOfKind = new Map<string, number[]>();
  for (const [row, item] of items.entries()) {
    const kind = kindOf(item);
    rowsOfKind.set(kind, [...(rowsOfKind.get(kind) ?? []), row]);
  }
  return [...rowsOfKind].map(([name, rows]) => ({
    name,
    x: rows.map((row) => coordinates[2 * row]),
    y: rows.map((row) => coordinates[2 * row + 1]),
    titles: rows.map((row) => titleOf(items[row])),
    ...(labelOf && { labels: rows.map((row) => labelOf(items[row])) }),
  }));
}

function sampleTitle({ kind, sample }: MappedSample): string {
  return `${formulaOf(sample.structure)}, ${kind}, frame ${sample.origin.frame}`;
}

function siteTitle({ number, from }: MappedSite): string {
  return `${chemicalSymbols[number]} in ${sampleTitle(from)}`;
}
