import type { EmbeddingAnalysis, MappedSample, MappedSite } from '../../../pretrain/embedding/analysis.js';
import type { DistanceCorrelation, Periodicity } from '../../../pretrain/embedding/periodicity.js';
import type { Projection } from '../../../pretrain/embedding/project.js';
import type { Separation } from '../../../pretrain/embedding/separation.js';
import { chemicalSymbols } from '../../elements.js';
import { periodicPlace } from '../../periodic-table.js';
import type { Report } from '../../report/page.js';
import { type ScatterSeries, scatterPlot } from '../../report/scatter-plot.js';
import { formulaOf } from '../../structure/structure.js';

/** A report with maps of structures and elements, and the numbers that the maps stand for. */
export function embeddingReport(title: string, analysis: EmbeddingAnalysis): Report {
  const { kinds } = analysis;
  const shares = kinds && Object.entries(kinds.kinds).map(([kind, share]) => [kind, percent(share)]);
  return {
    title,
    remarks: [mapRemark],
    table: claimTable(analysis),
    plots: maps(analysis),
    sections: shares
      ? [{ heading: 'Nearest neighbours of the same data set', table: [['data set', 'share'], ...shares] }]
      : [],
  };
}

const mapRemark =
  'Features are the scalars of the last layer, means over atoms. All numbers are measured between the features themselves, not on the maps; ' +
  'on a map only what is near what means something.';

/** What the embedding claims, each claim with a number, and what the number would be without it. */
export function claimTable({
  kinds,
  kindsByComposition,
  siteElements,
  elementMeans,
  elementRows,
}: EmbeddingAnalysis): string[][] {
  const separation = (claim: string, found: Separation | undefined, note = '') =>
    found
      ? [
          [
            `${claim}: same among the ${found.neighbors} nearest`,
            percent(found.share),
            `${percent(found.chance)}${note}`,
          ],
        ]
      : [];
  const composition = kindsByComposition ? `, ${percent(kindsByComposition.share)} by composition alone` : '';
  return [
    ['claim', 'found', 'without it'],
    ...separation('structures of a data set lie together', kinds, composition),
    ...separation('atoms of an element lie together', siteElements),
    ...periodicityRows('mean features of elements', elementMeans),
    ...periodicityRows('embedding table of elements', elementRows),
  ];
}

function periodicityRows(name: string, found: Periodicity | undefined): string[][] {
  if (found === undefined) return [];
  const row = (what: string, { correlation, pValue }: DistanceCorrelation) => [
    `${name}: rank correlation of distances with ${what}, ${found.elementCount} elements`,
    correlation.toFixed(3),
    `0 (p = ${pValue.toFixed(3)})`,
  ];
  return [
    row('those in the periodic table', found.table),
    row('groups between them', found.group),
    row('periods between them', found.period),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
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
    drawMap(bySample, 'Structures by data set', sampleMap, bySample.length > maxInLegend),
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

/** A row for each structure: where it is from, its place on the map and its features. */
export function embeddingCsv({ samples, sampleMap }: EmbeddingAnalysis): string {
  const width = samples[0].features.length;
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const head = [
    'file',
    'frame',
    'group',
    'dataset',
    'formula',
    'x',
    'y',
    ...Array.from({ length: width }, (_, i) => `f${i + 1}`),
  ];
  const rows = samples.map(({ sample, kind, features }, row) => {
    const { file, frame, group = '' } = sample.origin;
    const place = sampleMap.coordinates.subarray(2 * row, 2 * row + 2);
    return [quote(file), frame, quote(group), quote(kind), formulaOf(sample.structure), ...place, ...features].join();
  });
  return `${[head.join(), ...rows].join('\n')}\n`;
}

/** Everything as one object: features, places on the maps and the numbers. */
export function embeddingRecord(analysis: EmbeddingAnalysis, rowOf: (number: number) => Float32Array): object {
  const { samples, sampleMap, elements, elementMap, rowMap } = analysis;
  const place = ({ coordinates }: Projection, row: number) => [coordinates[2 * row], coordinates[2 * row + 1]];
  return {
    method: sampleMap.method,
    ...claims(analysis),
    structures: samples.map(({ sample, kind, features, elements: own }, row) => ({
      file: sample.origin.file,
      frame: sample.origin.frame,
      ...(sample.origin.group !== undefined && { group: sample.origin.group }),
      dataset: kind,
      formula: formulaOf(sample.structure),
      place: place(sampleMap, row),
      features: Array.from(features),
      elements: Object.fromEntries(own.map((one) => [chemicalSymbols[one.number], Array.from(one.features)])),
    })),
    elements: elements.map(({ number, atomCount, features }, row) => ({
      symbol: chemicalSymbols[number],
      atomCount,
      features: Array.from(features),
      place: place(elementMap, row),
      embedding: Array.from(rowOf(number)),
      embeddingPlace: place(rowMap, row),
    })),
  };
}

/** The numbers alone. */
export function claims({
  kinds,
  kindsByComposition,
  siteElements,
  elementMeans,
  elementRows,
}: EmbeddingAnalysis): object {
  const elements = siteElements && {
    ...siteElements,
    kinds: Object.fromEntries(
      Object.entries(siteElements.kinds).map(([number, share]) => [chemicalSymbols[Number(number)], share]),
    ),
  };
  return { datasets: kinds, datasetsByComposition: kindsByComposition, elements, elementMeans, elementRows };
}
