import type { Comparison } from './evaluate.js';

/**
 * How well a calculator orders structures of one composition, and one level of theory, by their energy, which is what a
 * screening asks of it.
 */
export interface Ranking {
  /** Those with at least three structures of different energies. */
  readonly compositions: number;
  readonly structures: number;
  /** Spearman's, mean over the compositions: 1 for the order of the labels, 0 for a chance one. */
  readonly correlation: number;
  /** Share of the pairs of one composition with different labels that stand in their order, 0 to 1. */
  readonly pairsInOrder: number;
}

interface EnergyPair {
  /** eV/atom. */
  readonly label: number;
  readonly calculated: number;
}

const fewestStructures = 3;

/** The ranking of structures within their compositions; nothing where no composition has enough of them. */
export function rankingOf(comparisons: readonly Comparison[]): Ranking | undefined {
  const groups = [...byComposition(comparisons).values()].filter(
    (pairs) => pairs.length >= fewestStructures && new Set(pairs.map(({ label }) => label)).size > 1,
  );
  if (groups.length === 0) return undefined;
  const sums = { correlation: 0, structures: 0, pairs: 0, inOrder: 0 };
  for (const group of groups) {
    const { pairs, inOrder } = countOrdered(group);
    sums.correlation += rankCorrelation(group) / groups.length;
    sums.structures += group.length;
    sums.pairs += pairs;
    sums.inOrder += inOrder;
  }
  const { correlation, structures, pairs, inOrder } = sums;
  return { compositions: groups.length, structures, correlation, pairsInOrder: inOrder / pairs };
}

function byComposition(comparisons: readonly Comparison[]): Map<string, EnergyPair[]> {
  const groups = new Map<string, EnergyPair[]>();
  for (const { sample, result } of comparisons) {
    const { energy, structure } = sample;
    if (energy === undefined) continue;
    const atoms = structure.numbers.length;
    const key = `${result.head} ${compositionKey(structure.numbers)}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push({ label: energy / atoms, calculated: result.energy / atoms });
  }
  return groups;
}

/** The same for all multiples of a formula. */
function compositionKey(numbers: ArrayLike<number>): string {
  const counts = new Map<number, number>();
  for (const number of Array.from(numbers)) counts.set(number, (counts.get(number) ?? 0) + 1);
  const elements = [...counts].sort(([a], [b]) => a - b);
  return elements.map(([number, count]) => `${number}: ${(count / numbers.length).toFixed(6)}`).join(' ');
}

/** Spearman's correlation: that of the ranks, equal values on the mean of theirs; 0 where all calculated are equal. */
function rankCorrelation(group: readonly EnergyPair[]): number {
  const labels = ranks(group.map(({ label }) => label));
  const calculated = ranks(group.map((pair) => pair.calculated));
  const mean = (group.length - 1) / 2;
  const [both, one, other] = labels.reduce(
    ([xy, xx, yy], rank, index) => {
      const [x, y] = [rank - mean, calculated[index] - mean];
      return [xy + x * y, xx + x * x, yy + y * y];
    },
    [0, 0, 0],
  );
  return other === 0 ? 0 : both / Math.sqrt(one * other);
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const smaller = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return smaller + (equal - 1) / 2;
  });
}

function countOrdered(group: readonly EnergyPair[]): { readonly pairs: number; readonly inOrder: number } {
  let [pairs, inOrder] = [0, 0];
  for (const [index, one] of group.entries()) {
    for (const other of group.slice(index + 1)) {
      if (one.label === other.label) continue;
      pairs++;
      if ((one.label - other.label) * (one.calculated - other.calculated) > 0) inOrder++;
    }
  }
  return { pairs, inOrder };
}
