/** Digits after the point that show two figures of an error; six without one. */
export function digitsOf(error: number | undefined): number {
  return error === undefined || !(error > 0) ? 6 : Math.max(0, Math.min(8, 1 - Math.floor(Math.log10(error))));
}

/** `147.59 +- 0.81`; without an error `digits` after the point. */
export function formatWithError(value: number, error: number | undefined, digits: number): string {
  if (error === undefined) return formatFixed(value, digits);
  return `${formatFixed(value, digitsOf(error))} +- ${error.toFixed(digitsOf(error))}`;
}

/** Without the sign of a zero: `-0.0001` with three digits is `0.000`. */
export function formatFixed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/^-(?=[0.]*$)/, '');
}
