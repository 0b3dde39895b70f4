import { type HullPoints, lowerHull } from '../../linalg/lower-hull.js';
import { scatterPlot } from '../../report/scatter-plot.js';
import { ternaryPlot } from '../../report/ternary-plot.js';
import { fractionsOf } from './hull.js';
import type { ElementSystem } from './ranking.js';
import type { RankedRow } from './row.js';

/** Points of one picture: those nearest to the hull. */
const maxPoints = 800;
/** Corners of a hull that are joined by lines. */
const maxCorners = 100;
/** Distances in eV/atom up to which a structure counts as on the hull, and as near it. */
const [onHull, nearHull] = [1e-6, 0.1];

interface HullPoint {
  /** In the order of the elements of the system, [d]. */
  readonly shares: readonly number[];
  /** eV/atom. */
  readonly formationEnergy: number;
  readonly energyAboveHull: number;
  readonly title: string;
  readonly id: string;
}

/** Gathers the points of one system of two or three elements, row by row, and draws them. */
export function createHullPlot({ elements, head }: ElementSystem) {
  let points: HullPoint[] = [];
  let count = 0;
  const nearest = () => points.sort((a, b) => a.energyAboveHull - b.energyAboveHull).slice(0, maxPoints);

  function add(row: RankedRow): void {
    const { composition = {}, formationEnergy, energyAboveHull, id, formula } = row;
    if ((row.head ?? '') !== head || formationEnergy === undefined || energyAboveHull === undefined) return;
    for (const symbol in composition) if (!elements.includes(symbol)) return;
    count++;
    const { symbols, fractions } = fractionsOf(composition);
    const shares = elements.map((symbol) => fractions[symbols.indexOf(symbol)] ?? 0);
    const title = `${formula} ${id}: ${energyAboveHull.toFixed(4)} eV/atom above the hull`;
    points.push({ shares, formationEnergy, energyAboveHull, title, id });
    if (points.length > 2 * maxPoints) points = nearest();
  }

  return {
    add,
    /** The picture; `shownBy` gives the number of the structure in the gallery. */
    draw(shownBy: (id: string) => number | undefined, isHeadNamed: boolean): string {
      const drawn = nearest();
      const ofHead = isHeadNamed && head !== '' ? `, ${head}` : '';
      const some = drawn.length < count ? `, the ${drawn.length} of ${count} nearest to the hull` : '';
      const title = `${elements.join('-')}${ofHead}${some}`;
      return elements.length === 2
        ? binary(drawn, { title, elements, shownBy })
        : ternary(drawn, { title, elements, shownBy });
    },
  };
}

interface DrawOptions {
  readonly title: string;
  readonly elements: readonly string[];
  readonly shownBy: (id: string) => number | undefined;
}

/** Kinds of points, those that matter most last, so that they lie above the others. */
function kindsOf(points: readonly HullPoint[], shownBy: DrawOptions['shownBy']) {
  const kinds = [
    { name: 'farther', style: 6, from: nearHull, to: Number.POSITIVE_INFINITY },
    { name: `up to ${nearHull} eV/atom`, style: 3, from: onHull, to: nearHull },
    { name: 'on the hull', style: 0, from: Number.NEGATIVE_INFINITY, to: onHull },
  ];
  return kinds.flatMap(({ name, style, from, to }) => {
    const own = points.filter(({ energyAboveHull: above }) => above >= from && above < to);
    if (own.length === 0) return [];
    const [titles, shows] = [own.map(({ title }) => title), own.map(({ id }) => shownBy(id))];
    return [{ name, style, points: own, titles, shows }];
  });
}

/** Formation energies over the share of the second element, with the hull. */
function binary(points: readonly HullPoint[], { title, elements, shownBy }: DrawOptions): string {
  const series = kindsOf(points, shownBy).map(({ points: own, ...kind }) => ({
    ...kind,
    x: own.map(({ shares }) => shares[1]),
    y: own.map(({ formationEnergy }) => formationEnergy),
  }));
  const corners = cornersOf(points).sort((a, b) => a.shares[1] - b.shares[1]);
  return scatterPlot(series, {
    ...{ title, xLabel: `share of ${elements[1]}`, yLabel: 'formation energy (eV/atom)' },
    line: { x: corners.map(({ shares }) => shares[1]), y: corners.map(({ formationEnergy }) => formationEnergy) },
  });
}

/** Compositions of three elements, with lines between those that mix to what lies on the hull. */
function ternary(points: readonly HullPoint[], { title, elements, shownBy }: DrawOptions): string {
  const series = kindsOf(lowestOf(points), shownBy).map(({ points: own, ...kind }) => ({
    ...kind,
    shares: own.map(({ shares }) => shares),
  }));
  const [first, second, third] = elements;
  return ternaryPlot(series, { title, corners: [first, second, third], lines: tieLines(cornersOf(points)) });
}

/** The first of each composition: the lowest, where the points are sorted by their distance from the hull. */
function lowestOf(points: readonly HullPoint[]): HullPoint[] {
  const lowest = new Map<string, HullPoint>();
  for (const point of points) {
    const name = point.shares.map((share) => share.toFixed(6)).join();
    if (!lowest.has(name)) lowest.set(name, point);
  }
  return [...lowest.values()];
}

/** The points on the hull, each composition once. */
function cornersOf(points: readonly HullPoint[]): HullPoint[] {
  return lowestOf(points.filter(({ energyAboveHull }) => energyAboveHull < onHull)).slice(0, maxCorners);
}

/** Two points are joined when nothing lies lower than their mixture halfway. */
function tieLines(corners: readonly HullPoint[]): (readonly [readonly number[], readonly number[]])[] {
  const hull: HullPoints = {
    fractions: Float64Array.from(corners.flatMap(({ shares }) => [...shares])),
    heights: Float64Array.from(corners, ({ formationEnergy }) => formationEnergy),
  };
  return corners.flatMap((a, index) =>
    corners.slice(index + 1).flatMap((b) => {
      const middle = a.shares.map((share, element) => (share + b.shares[element]) / 2);
      const height = (a.formationEnergy + b.formationEnergy) / 2;
      const lowest = lowerHull(middle, hull)?.height ?? height;
      return lowest > height - onHull ? [[a.shares, b.shares] as const] : [];
    }),
  );
}
