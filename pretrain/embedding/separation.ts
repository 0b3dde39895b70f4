import { type PointSet, squaredDistances } from './neighbors.js';

/** Whether points of one kind lie among their like. */
export interface Separation {
  /** Share of the nearest neighbours that are of the same kind: the mean over the kinds, whatever their sizes. */
  readonly share: number;
  /** What it would be if kinds were dealt out at random. */
  readonly chance: number;
  /** The share of each kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** How many neighbours of each point count at most; there are no more than it has of its kind. */
  readonly neighbors: number;
}

/**
 * Measures whether kinds of points are apart: the share of the nearest points that are of the same kind, of `neighbors`
 * for each point, or of as many as there are others of its kind.  Where several points are equally far, each counts in
 * part.
 *
 * @returns undefined unless two points are of one kind and a third of another.
 */
export function separationOf(points: PointSet, kinds: readonly string[], neighbors: number): Separation | undefined {
  const { rows } = points;
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const measured = [...counts].filter(([, count]) => count > 1);
  if (measured.length === 0 || counts.size < 2) return undefined;
  const sums = new Map(measured.map(([kind]) => [kind, 0]));
  const squares = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const [kind, others] = [kinds[row], (counts.get(kinds[row]) ?? 0) - 1];
    if (others === 0) continue;
    squaredDistances(points, row, squares);
    const share = sameShare(squares, { row, kinds, used: Math.min(neighbors, others) });
    sums.set(kind, (sums.get(kind) ?? 0) + share);
  }
  const shares = measured.map(([kind, count]) => [kind, (sums.get(kind) ?? 0) / count] as const);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    share: mean(shares.map(([, share]) => share)),
    chance: mean(measured.map(([, count]) => (count - 1) / (rows - 1))),
    kinds: Object.fromEntries(shares),
    neighbors,
  };
}

interface Place {
  readonly row: number;
  readonly kinds: readonly string[];
  readonly used: number;
}

/**
 * Share of the same kind among the `used` nearest of point `row`; those as far as the last of them share its places.
 */
function sameShare(squares: Float64Array, { row, kinds, used }: Place): number {
  const others = squares.slice();
  others[row] = Number.POSITIVE_INFINITY;
  const furthest = others.slice().sort()[used - 1];
  let [near, sameNear, tied, sameTied] = [0, 0, 0, 0];
  for (let other = 0; other < others.length; other++) {
    if (other === row || others[other] > furthest) continue;
    const same = Number(kinds[other] === kinds[row]);
    if (others[other] < furthest) {
      near++;
      sameNear += same;
    } else {
      tied++;
      sameTied += same;
    }
  }
  return (sameNear + ((used - near) * sameTied) / tied) / used;
}
