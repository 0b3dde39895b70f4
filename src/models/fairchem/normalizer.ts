import { asDict, type Dict, readNumber, unfit } from './checkpoint-values.js';

/** Physical value = std x output + mean; the mean belongs to a structure, not to an atom. */
export interface Normalizer {
  readonly mean: number;
  readonly std: number;
}

/** A normaliser by its older or newer name; a run that used none works in eV and A. */
export function readNormalizer(normalizers: Dict, older: string, newer: string): Normalizer {
  const name = normalizers.has(older) ? older : newer;
  if (!normalizers.has(name)) return { mean: 0, std: 1 };
  const values = asDict(normalizers.get(name), `the normalizer "${name}"`);
  const std = readNumber(values.get('std') ?? values.get('rmsd'), `std of the normalizer "${name}"`);
  if (std <= 0) throw unfit(`a positive std of the normalizer "${name}"`, `${std}`);
  return { std, mean: readNumber(values.get('mean'), `mean of the normalizer "${name}"`) };
}
