import type { EmbeddingAnalysis } from '../../../pretrain/embedding/embedding-analysis.js';
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
  return [
    ['claim', 'found', 'without it'],
    ...separationRow('like by data set', kinds),
    ...separationRow('like by data set, by composition alone', kindsByComposition),
    ...separationRow('like by element of the atom', siteElements),
    ...periodicityRows('mean features', elementMeans),
    ...periodicityRows('embeddings', elementRows),
  ];
}

function separationRow(claim: string, found: Separation | undefined): string[][] {
  if (found === undefined) return [];
  return [[`${claim}, ${found.neighbors} nearest`, percent(found.share), percent(found.chance)]];
}

/** Spearman's correlation of the distances between elements. */
function periodicityRows(name: string, found: Periodicity | undefined): string[][] {
  if (found === undefined) return [];
  const row = (what: string, { correlation, pValue }: DistanceCorrelation) => [
    `${name} of ${found.elementCount} elements and ${what}`,
    `rho = ${correlation.toFixed(3)}`,
    `0 (p = ${pValue.toFixed(3)})`,
  ];
  return [row('the periodic table', found.table), row('groups', found.group), row('periods', found.period)];
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
