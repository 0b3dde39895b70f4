/** Colours that remain apart for colour-blind readers. @see Tol, Colour Schemes, SRON/EPS/TN/09-002: bright. */
const colors = ['#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377', '#777777'];
const dashes = ['', '7 3', '2 2', '9 3 2 3'];

/**
 * Colour, dashes of a line and shape of a mark of number `index` of something; colours repeat with other dashes and
 * shapes.
 */
export function styleOf(index: number): { readonly color: string; readonly dash: string; readonly shape: number } {
  const round = Math.floor(index / colors.length);
  return { color: colors[index % colors.length], dash: dashes[round % dashes.length], shape: round };
}

/** The colour at `share` of the way from one to another, both red, green and blue of 0 to 255. */
export function colorBetween(from: readonly number[], to: readonly number[], share: number): string {
  return `rgb(${from.map((value, index) => Math.round(value + share * (to[index] - value))).join()})`;
}
