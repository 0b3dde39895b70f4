const reserved: ReadonlySet<string> = new Set(['lattice', 'properties', 'pbc', 'energy', 'stress', 'forces']);

/** A key for `info`: the given one, or with a prefix where it would be taken for the cell or a label. */
export function infoKey(name: string, prefix: string): string {
  return reserved.has(name.toLowerCase()) ? `${prefix}_${name}` : name;
}
