import { groupBy } from '../../group-by.js';
import { type HullPoints, lowerHull } from '../../linalg/lower-hull.js';

/** Energy of a composition. */
export interface Entry {
  /** Atoms by symbol. */
  readonly composition: Readonly<Record<string, number>>;
  /** eV/atom. */
  readonly energyPerAtom: number;
}

/**
 * Formation energies and distances from the lower hull, eV/atom, entry by entry; absent where elements are missing for
 * it.
 */
export interface Stability {
  readonly formationEnergy?: number;
  /** Absent where an element is not among the entries, or there are more than `maxElements`. */
  readonly energyAboveHull?: number;
}

/** Hulls of more dimensions are of no use to anybody. */
const maxElements = 10;

/**
 * Stability of all entries against all of them, whose energies have one zero.
 *
 * The hull of a system of elements is made of all entries without others, the elements themselves among them.
 */
export function stabilities(entries: readonly Entry[]): Stability[] {
  const best = lowestByComposition(entries);
  const elements = new Map<string, number>();
  for (const { symbols, energyPerAtom } of best) if (symbols.length === 1) elements.set(symbols[0], energyPerAtom);
  const bySystem = groupBySystem(best);
  const hulls = new Map<string, HullPoints>();
  return entries.map(({ composition, energyPerAtom }) => {
    const { symbols, fractions } = fractionsOf(composition);
    const references = symbols.map((symbol) => elements.get(symbol));
    const mixed = references.reduce<number>((sum, energy = Number.NaN, index) => sum + energy * fractions[index], 0);
    // Without one of its elements a compound would lie on a hull of itself, and seem stable.
    const isComplete = Number.isFinite(mixed) && symbols.length <= maxElements;
    const hull = isComplete ? hullAt(symbols, fractions) : undefined;
    return {
      ...(Number.isFinite(mixed) && { formationEnergy: energyPerAtom - mixed }),
      // By rounding an entry on the hull may be just below itself.
      ...(hull !== undefined && { energyAboveHull: Math.max(0, energyPerAtom - hull) }),
    };
  });

  function hullAt(symbols: readonly string[], fractions: readonly number[]): number | undefined {
    const key = symbols.join('-');
    let points = hulls.get(key);
    if (points === undefined) {
      points = pointsOf(bySystem, symbols);
      hulls.set(key, points);
    }
    return lowerHull(fractions, points)?.height;
  }
}

export interface Composition {
  /** In alphabetical order. */
  readonly symbols: readonly string[];
  readonly fractions: readonly number[];
}

interface Lowest extends Composition {
  readonly energyPerAtom: number;
}

/** Of each composition only the lowest can be on a hull. */
function lowestByComposition(entries: readonly Entry[]): Lowest[] {
  const lowest = new Map<string, Lowest>();
  for (const { composition, energyPerAtom } of entries) {
    const { symbols, fractions } = fractionsOf(composition);
    const key = symbols.map((symbol, index) => `${symbol}${fractions[index].toFixed(9)}`).join('');
    const known = lowest.get(key);
    if (known === undefined || energyPerAtom < known.energyPerAtom)
      lowest.set(key, { symbols, fractions, energyPerAtom });
  }
  return [...lowest.values()];
}

/** Elements and their shares. */
export function fractionsOf(composition: Readonly<Record<string, number>>): Composition {
  const symbols = Object.keys(composition).sort();
  const total = symbols.reduce((sum, symbol) => sum + composition[symbol], 0);
  return { symbols, fractions: symbols.map((symbol) => composition[symbol] / total) };
}

/**
 * Entries by the elements that they have, no more and no fewer: a screening has many systems, and a hull needs few of
 * them.
 */
function groupBySystem(entries: readonly Lowest[]): ReadonlyMap<string, readonly Lowest[]> {
  return groupBy(entries, ({ symbols }) => symbols.join('-'));
}

/** The entries of a system of elements and of all systems within it, in its fractions. */
function pointsOf(bySystem: ReadonlyMap<string, readonly Lowest[]>, system: readonly string[]): HullPoints {
  const inside = subsetsOf(system).flatMap((symbols) => bySystem.get(symbols.join('-')) ?? []);
  const fractions = new Float64Array(system.length * inside.length);
  for (const [point, entry] of inside.entries()) {
    for (const [index, symbol] of entry.symbols.entries()) {
      fractions[system.length * point + system.indexOf(symbol)] = entry.fractions[index];
    }
  }
  return { fractions, heights: Float64Array.from(inside, ({ energyPerAtom }) => energyPerAtom) };
}

/** All choices among symbols, in their order. */
function subsetsOf(symbols: readonly string[]): string[][] {
  return Array.from({ length: 2 ** symbols.length - 1 }, (_, index) =>
    symbols.filter((_, place) => (((index + 1) >> place) & 1) === 1),
  );
}
