import { isElementSymbol } from '../../elements.js';

/**
 * The element that a type symbol names, such as `Fe`, `Fe3+`, `O2-`, `Fe(III)`, `Siva`, `CL`, `D`; `undefined` when it
 * names none.  `Cval` and `Siva` are the core dictionary's names of bonded atoms.
 */
export function elementOfType(symbol: string): string | undefined {
  const [, letters] = /^([A-Za-z]{1,2}?)(?:val?|[0-9+\-.(].*)?$/.exec(symbol.trim()) ?? [];
  return letters === undefined ? undefined : asElement(letters);
}

/** The elements of a shared site and their parts, such as `0.56(4)Mg + 0.29(3)Ta`; `undefined` for anything else. */
export function speciesOfMixture(type: string): { readonly symbol: string; readonly part: number }[] | undefined {
  const parts = type.split('+').map((part) => /^\s*(\d*\.?\d+)(?:\(\d+\))?\s*([A-Z][a-z]?)\s*$/.exec(part));
  if (parts.length < 2) return undefined;
  const species = parts.flatMap((match) => (match && isElementSymbol(match[2]) ? [match] : []));
  if (species.length < parts.length) return undefined;
  return species.map(([, part, symbol]) => ({ symbol, part: Number(part) }));
}

/**
 * The element that a site label begins with, such as `Fe1A`, `O2'`, `CL3`, `H12B`.  Where `CA1` could be calcium or
 * carbon, the elements of the chemical formula decide; `undefined` when nothing does.
 */
export function elementOfLabel(label: string, formula: ReadonlySet<string> | undefined): string | undefined {
  const [letters] = /^[A-Za-z]+/.exec(label.trim()) ?? [''];
  if (/^(?:wat|h2o|hoh|d2o)/i.test(label.trim())) return undefined;
  const candidates = [letters.slice(0, 2), letters.slice(0, 1)]
    .filter((text, index) => text.length === 2 - index)
    .flatMap((text) => asElement(text) ?? []);
  const inFormula = candidates.filter((symbol) => formula?.has(symbol === 'D' ? 'H' : symbol));
  if (inFormula.length > 0) return inFormula[0];
  const isCapital = /^[A-Z]{2}/.test(letters);
  return isCapital && candidates.length === 2 ? undefined : candidates[0];
}

/** No formula is longer than this. */
const maxFormulaLength = 10_000;

/** Elements and how many there are in a sum formula such as `C24 H16 N4 O8`; D counts as H. */
export function countsOfFormula(formula: string): [symbol: string, count: number][] {
  const parts = formula.length > maxFormulaLength ? [] : formula.matchAll(/([A-Z][a-z]?)(\d*\.?\d*)/g);
  return Array.from(parts, ([, symbol, count]): [string, number] => [
    symbol === 'D' ? 'H' : symbol,
    count === '' ? 1 : Number(count),
  ]).filter(([symbol]) => isElementSymbol(symbol));
}

function asElement(letters: string): string | undefined {
  const symbol = letters[0].toUpperCase() + letters.slice(1).toLowerCase();
  return isElementSymbol(symbol) ? symbol : undefined;
}
