/** Points in a space of fractions that add up to 1, with a height each. */
export interface HullPoints {
  /** Fractions, [n x d]. */
  readonly fractions: Float64Array;
  /** [n]. */
  readonly heights: Float64Array;
}

/** Where the lower hull is at some fractions. */
export interface HullValue {
  readonly height: number;
  /** Points whose mixture lies there, with their shares, which add up to 1. */
  readonly mixture: readonly { readonly point: number; readonly share: number }[];
}

/** Above all heights, so that a corner without a point is only used where nothing else mixes. */
const cornerHeight = 1e4;
/** Reduced costs above this are rounding. */
const tolerance = 1e-10;

/**
 * Height of the lower convex hull of points at given fractions, [d], by the simplex method: the mixture with these
 * fractions that lies lowest.
 *
 *     minimise  sum_j s_j h_j   with   sum_j s_j x_j = x,   s_j >= 0
 *
 * Returns nothing where no mixture of points has these fractions.
 *
 * @see Dantzig, Linear Programming and Extensions (1963), ch. 5; for the use, Ong et al., Chem. Mater. 20, 1798 (2008).
 */
export function lowerHull(target: ArrayLike<number>, { fractions, heights }: HullPoints): HullValue | undefined {
  const d = target.length;
  const basis = Int32Array.from({ length: d }, (_, corner) => -1 - corner); // the corners themselves to begin with
  const inverse = Float64Array.from({ length: d * d }, (_, index) => Number(index % (d + 1) === 0));
  const shares = Float64Array.from({ length: d }, (_, row) => target[row]);
  const heightOf = (member: number) => (member < 0 ? cornerHeight : heights[member]);
  for (;;) {
    const prices = pricesOf(basis, inverse, heightOf);
    const entering = lowestPoint(prices, { fractions, heights });
    if (entering === undefined) return read(basis, shares, heightOf);
    const column = Float64Array.from({ length: d }, (_, row) => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += inverse[d * row + k] * fractions[d * entering + k];
      return sum;
    });
    const leaving = firstToVanish(shares, column, basis);
    pivot({ basis, inverse, shares }, { column, leaving, entering });
  }
}

/** What a unit of each fraction costs in the present mixture, [d]. */
function pricesOf(basis: Int32Array, inverse: Float64Array, heightOf: (member: number) => number): Float64Array {
  const d = basis.length;
  const prices = new Float64Array(d);
  for (let row = 0; row < d; row++) {
    for (let k = 0; k < d; k++) prices[k] += heightOf(basis[row]) * inverse[d * row + k];
  }
  return prices;
}

/** The point that lies farthest below the plane of the prices, if any does. */
function lowestPoint(prices: Float64Array, { fractions, heights }: HullPoints): number | undefined {
  const d = prices.length;
  let best: number | undefined;
  let lowest =
    -tolerance * Math.max(1, Math.abs(prices.reduce((largest, price) => Math.max(largest, Math.abs(price)), 0)));
  for (let point = 0; point < heights.length; point++) {
    let cost = heights[point];
    for (let k = 0; k < d; k++) cost -= prices[k] * fractions[d * point + k];
    if (cost >= lowest) continue;
    lowest = cost;
    best = point;
  }
  return best;
}

/**
 * Row whose share reaches 0 first as the new point comes in; of several the one of the first member, so that nothing
 * goes in circles.
 */
function firstToVanish(shares: Float64Array, column: Float64Array, basis: Int32Array): number {
  let [leaving, least] = [-1, Number.POSITIVE_INFINITY];
  for (let row = 0; row < shares.length; row++) {
    if (column[row] <= 1e-12) continue;
    const ratio = shares[row] / column[row];
    if (ratio > least || (ratio === least && basis[row] > basis[leaving])) continue;
    least = ratio;
    leaving = row;
  }
  return leaving;
}

interface Tableau {
  readonly basis: Int32Array;
  readonly inverse: Float64Array;
  readonly shares: Float64Array;
}

function pivot(
  { basis, inverse, shares }: Tableau,
  { column, leaving, entering }: { readonly column: Float64Array; readonly leaving: number; readonly entering: number },
): void {
  const d = basis.length;
  const factor = column[leaving];
  shares[leaving] /= factor;
  for (let k = 0; k < d; k++) inverse[d * leaving + k] /= factor;
  for (let row = 0; row < d; row++) {
    if (row === leaving) continue;
    shares[row] = Math.max(0, shares[row] - column[row] * shares[leaving]);
    for (let k = 0; k < d; k++) inverse[d * row + k] -= column[row] * inverse[d * leaving + k];
  }
  basis[leaving] = entering;
}

function read(basis: Int32Array, shares: Float64Array, heightOf: (member: number) => number): HullValue | undefined {
  const used = Array.from(basis, (point, row) => ({ point, share: shares[row] })).filter(({ share }) => share > 1e-9);
  if (used.some(({ point }) => point < 0)) return undefined;
  return { height: used.reduce((sum, { point, share }) => sum + share * heightOf(point), 0), mixture: used };
}
