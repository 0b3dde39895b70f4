import type { EmbeddingAnalysis } from '../../../pretrain/embedding/analysis.js';
import type { DistanceCorrelation, Periodicity } from '../../../pretrain/embedding/periodicity.js';
import type { Separation } from '../../../pretrain/embedding/separation.js';
import { chemicalSymbols } from '../../elements.js';

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

/** The numbers of `claimTable` as an object. */
export function claimRecord({
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

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
