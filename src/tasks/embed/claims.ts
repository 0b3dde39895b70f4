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

/** Numbers in the features of a structure. */
export function featureCount({ samples }: EmbeddingAnalysis): number {
  return samples[0].features.length;
}

/** Why there is no claim, and what there is instead. */
export function nothingToCompare({ samples }: EmbeddingAnalysis): string {
  if (samples.length === 1)
    return 'one structure has nothing to be compared with: the page shows its features, and `out` that ends in .csv or .json writes them; a map takes several';
  return 'nothing is compared: that takes two structures of one data set (a file, or in one file a config_type) and a third of another, or atoms of an element in two structures and of another element';
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
