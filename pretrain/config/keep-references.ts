import type { ModelHead } from '../../src/models/model.js';
import type { DataOptions } from './data-config.js';

/**
 * The data with the reference energies of the heads that are kept, where none are given: what a head has learned counts
 * from its own references, and other ones would shift all its energies.  Prepared data stay as they were prepared.
 */
export function keepReferences(data: DataOptions, heads: readonly ModelHead[]): DataOptions {
  if (data.prepared !== undefined) return data;
  const referencesOf = (name: string) => heads.find((head) => head.name === name)?.referenceEnergies;
  return {
    ...data,
    referenceEnergies:
      data.subsets.length > 0 ? data.referenceEnergies : { ...referencesOf('default'), ...data.referenceEnergies },
    subsets: data.subsets.map((subset) => ({
      ...subset,
      referenceEnergies: { ...referencesOf(subset.head ?? subset.name), ...subset.referenceEnergies },
    })),
  };
}
