import { periodicPlace } from '../../src/periodic-table.js';
import { type Random, shuffle } from '../../src/random.js';
import { type PointSet, squaredDistances } from './neighbors.js';

/** A rank correlation between the distances of pairs, and how likely it is without a relation. */
export interface DistanceCorrelation {
  /** Spearman's, from -1 to 1. */
  readonly correlation: number;
  /** Share of random exchanges of the elements that correlate as much or more. */
  readonly pValue: number;
}

/** Whether elements that are near in the periodic table are near in a space. */
export interface Periodicity {
  readonly elementCount: number;
  /** With the distance in the table of 18 columns and 7 rows. */
  readonly table: DistanceCorrelation;
  /** With the number of columns between two elements. */
  readonly group: DistanceCorrelation;
  /** With the number of rows between two elements. */
  readonly period: DistanceCorrelation;
}

const exchanges = 999;

/**
 * Correlates the distances between elements in a space with their distances in the periodic table.
 *
 * Shapes: `points` has a row for each of `numbers`, atomic numbers without repetition.
 *
 * @returns undefined for fewer than four elements, of which nothing can be said.
 * @see Mantel, Cancer Res. 27, 209 (1967): the test by exchanges.
 */
export function periodicityOf(points: PointSet, numbers: readonly number[], random: Random): Periodicity | undefined {
  const elementCount = numbers.length;
  if (elementCount < 4) return undefined;
  const row = new Float64Array(elementCount);
  const rows = numbers.map((_, from) => Array.from(squaredDistances(points, from, row)));
  const ranks = ranksOfPairs(elementCount, (a, b) => rows[a][b]);
  const places = numbers.map(periodicPlace);
  const groups = (a: number, b: number) => Math.abs(places[a].group - places[b].group);
  const periods = (a: number, b: number) => Math.abs(places[a].period - places[b].period);
  const test = (distance: (a: number, b: number) => number) =>
    correlate(ranks, ranksOfPairs(elementCount, distance), { elementCount, random });
  return {
    elementCount,
    table: test((a, b) => groups(a, b) ** 2 + periods(a, b) ** 2), // squares have the same ranks, and equal ones are equal
    group: test(groups),
    period: test(periods),
  };
}

/** Ranks of the distances of all pairs, [n x n], equal ones sharing the mean of theirs, less the mean of all ranks. */
function ranksOfPairs(count: number, distance: (a: number, b: number) => number): Float64Array {
  const pairs: { readonly a: number; readonly b: number; readonly value: number }[] = [];
  for (let a = 0; a < count; a++) for (let b = 0; b < a; b++) pairs.push({ a, b, value: distance(a, b) });
  pairs.sort((one, other) => one.value - other.value);
  const ranks = new Float64Array(count * count);
  for (let start = 0; start < pairs.length; ) {
    let end = start;
    while (end < pairs.length && pairs[end].value === pairs[start].value) end++;
    const rank = (start + end - 1) / 2 - (pairs.length - 1) / 2;
    for (const { a, b } of pairs.slice(start, end)) {
      ranks[a * count + b] = rank;
      ranks[b * count + a] = rank;
    }
    start = end;
  }
  return ranks;
}

function correlate(
  first: Float64Array,
  second: Float64Array,
  { elementCount, random }: { readonly elementCount: number; readonly random: Random },
): DistanceCorrelation {
  const order = Array.from({ length: elementCount }, (_, index) => index);
  const norm = Math.sqrt(sumOfSquares(first) * sumOfSquares(second));
  const correlation = () => product(first, second, order) / norm;
  const observed = correlation();
  let asMuch = 1; // the order as it is
  for (let trial = 0; trial < exchanges; trial++) {
    shuffle(order, random);
    if (correlation() >= observed - 1e-12) asMuch++;
  }
  return { correlation: observed, pValue: asMuch / (exchanges + 1) };
}

function product(first: Float64Array, second: Float64Array, order: readonly number[]): number {
  const count = order.length;
  let sum = 0;
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) sum += first[a * count + b] * second[order[a] * count + order[b]];
  }
  return sum;
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
