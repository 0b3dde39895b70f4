/** Value of a 16-bit float: sign, exponent, and `fractionBits` of fraction. */
export function shortFloat(bits: number, fractionBits: 7 | 10): number {
  const largestExponent = 2 ** (15 - fractionBits) - 1;
  const bias = largestExponent >> 1;
  const exponent = (bits >> fractionBits) & largestExponent;
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const sign = bits >> 15 === 0 ? 1 : -1;
  if (exponent === largestExponent) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

/**
 * Bits of the half-precision float nearest to a value, ties to even; infinite from 65,520 on.
 *
 * @see IEEE 754-2019, binary16.
 */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(size)), -14); // as of a normal number; below, all share the last one
  const scaled = size * 2 ** (10 - exponent);
  const whole = roundToEven(scaled);
  // A normal number has its leading 1 in `whole`: 1024 more is one more in the exponent, also when it was rounded up.
  return sign | (((exponent + 14) << 10) + whole);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
