/** The levels of theory among results, each once, in their order. */
export function headsOf(results: Iterable<{ readonly head?: string }>): string[] {
  const heads = new Set<string>();
  for (const { head } of results) if (head !== undefined) heads.add(head);
  return [...heads];
}

/** `lamm-s, head pbe`: a calculator and the levels of theory that its numbers are of, if it has several. */
export function calculatorWithHeads(calculator: string, heads: readonly string[]): string {
  if (heads.length === 0) return calculator;
  return `${calculator}, head${heads.length === 1 ? '' : 's'} ${heads.join(', ')}`;
}

/** What is to be said of a table whose energies are of several levels of theory; nothing of others. */
export function zerosRemarks(heads: readonly string[]): string[] {
  if (heads.length < 2) return [];
  return [`energies of different heads (${heads.join(', ')}) have different zeros: compare only those of one head`];
}
