/** A number without what rounding left behind its first `decimals`: 0.5 for 0.49999999999999994, 0 for -3e-17. */
export function withoutNoise(value: number, decimals: number): number {
  return Number(value.toFixed(decimals)) + 0; // + 0 takes the sign off a zero
}
